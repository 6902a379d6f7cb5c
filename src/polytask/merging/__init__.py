"""One encoder out of several that were fine-tuned from the same weights: functions of state dicts.

task_vectors                      the common frame: theta_0 + alpha g(tau_1, ..., tau_T)
task_arithmetic, ties, dare,
breadcrumbs                       a g each
tall_masks                        which entries of the merged vector a task keeps; Consensus
layer_scaling                     alpha that grows with depth (LiNeS)
adamerging                        an alpha per block and task, learnt by a loss
fisher, regmean                   weighted means of the weights themselves
statistics                        what these two ask of each task, measured
files                             state dicts read tensor by tensor
"""
