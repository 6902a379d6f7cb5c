"""Furnished rooms from a seed: images with exact labels for six tasks, rendered without a GPU.

classes, styles                 what there is and how it looks
dice, palette, workshop         random numbers, materials, parts of a labelled thing
patterns, photos, textures      the tiles that cover surfaces
primitives, meshes              triangles
furniture/, skeleton, person    one function per thing, in its own frame
layout, furnish, lights, scene  where things stand; the whole room
camera, rays, shading           the picture
labels, render, write           maps of one image; a data set of many
"""
