"""What SAK claims, where, and which rows of ours say whether it is so."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pair:
    """Two methods by their names: the paper has the first above the second, by the mean gain."""

    better: str
    worse: str


@dataclass(frozen=True)
class Claim:
    """A statement, and where the paper makes it; `pairs` are empty where it is no pair of rows.

    `table` is the one of `sak.tables` that has the rows, and whose noise they are judged by. `key`
    names what is compared instead (comparisons.py). `equal` marks a claim that the second is *not*
    above the first: that a difference was not shown is then all that can be said.
    """

    statement: str
    source: str
    table: str = ""
    pairs: tuple[Pair, ...] = ()
    key: str = ""
    equal: bool = False


def _above(better: str, *worse: str) -> tuple[Pair, ...]:
    return tuple(Pair(better, each) for each in worse)


CLAIMS = (
    Claim("The best teacher of each task beats a student of all three without biases",
          "Table 2: by 2.34 % on average", key="oracle"),
    Claim("Adapter paths keep representations closer to the teachers'",
          "Table 3: Rep Sim 0.8708 beside 0.3344", key="similarity"),
    Claim("Routers beat adding representations up", "Table 3: by 2.00 points",
          "table3", _above("sak", "no_router")),
    Claim("Without routers, adapter paths are no better than a student without biases",
          "Table 3: −2.03 beside −1.21", "table3", _above("no_biases", "no_router"), equal=True),
    Claim("SAK beats a student without biases", "Table 3: by 1.18 points",
          "table3", _above("sak", "no_biases")),
    Claim("Distillation in stage 1 helps", "Table 4: by 3.60 points",
          "table4", _above("sak", "no_distillation_1")),
    Claim("Distillation in stage 2 helps", "Table 4: by 0.57 points",
          "table4", _above("sak", "no_distillation_2")),
    Claim("SAK beats the multi-task baseline", "Table 4, Figure 3: by 4.01 points",
          "table4", _above("sak", "multi_task")),
    Claim("SAK beats single-task models", "Figure 3: by 11.11 % on NYUD-v2; not on PASCAL-Context",
          "table4", _above("sak", "single_task")),
    Claim("Three teachers beat each of them alone", "Table 7: by 2.18 to 6.71 points",
          "table7", _above("sak", "sak_masked", "sak_semantic", "sak_boundary")),
    Claim("Three teachers beat two", "Table 7: by 0.57 points",
          "table7", _above("sak", "sak_semantic_masked")),
    Claim("A larger student helps, teachers being the same", "Table 8, rows 1 and 2, 3 and 4",
          "table8", (Pair("sak", "sak_small"), Pair("sak_small_teachers", "sak_small_both"))),
    Claim("Larger teachers help, the student being the same", "Table 8, rows 2 and 3",
          "table8", (Pair("sak", "sak_small_teachers"), Pair("sak_small", "sak_small_both"))),
    Claim("MLoRE's decoder adds to SAK", "Table 9: 1.72 points",
          "table9", _above("sak_mlore", "sak")),
    Claim("SAK with a simple head beats a ViT with MLoRE's decoder", "Table 9: by 0.80 points",
          "table9", _above("sak", "vit_mlore")),
    Claim("SAK beats many-to-one students on the same data", "Figure 5, Tables 5 and 6",
          "peers", _above("sak", "radio", "theia", "unic")),
    Claim("SAK is the most robust where a quarter of the images is left",
          "Figure 5: by more than 3 points", "figure5", _above("sak_25", "radio_25", "theia_25")),
    Claim("At the lowest level, boundaries and normals draw on the boundary teacher most",
          "Figure 4: SAM", key="boundary"),
    Claim("At the lowest level the stem counts for more than at the highest", "Figure 4",
          key="stem"),
    Claim("At the highest level teachers' paths are preferred to the stem", "Figure 4",
          key="paths"),
    Claim("The student costs less than its teachers", "Section 1: efficient",
          key="costs"),
)  # fmt: skip
