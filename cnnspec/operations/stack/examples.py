"""Worked examples of S1 and S2."""

from cnnspec.kit.example import Panel, example

example(
    "S1",
    "Layers in a chain",
    """
    Two layers on an image of 8 by 8, with filters of 3 by 3. The image is a bright cross.

    >>> image = np.zeros((8, 8))
    >>> image[3:5, 1:7] = image[1:7, 3:5] = 5
    >>> middle = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])
    >>> first = middle[np.newaxis, :, :, np.newaxis]
    >>> second = np.array([[[[-1]]], [[[1]]]])
    >>> one, two = stack(image[:, :, np.newaxis], [first, second])

    conv makes 6 by 6 of it, ReLU keeps that, and pooling halves it.

    >>> one.conv.shape, one.relu.shape, one.pool.shape
    ((6, 6, 1), (6, 6, 1), (3, 3, 1))
    >>> one.pool[:, :, 0]
    array([[10., 20., 10.],
           [20., 25., 20.],
           [10., 20., 10.]])

    That map of 3 by 3 with one channel is the image of the second layer. Its two filters, of a
    single weight each, make two maps of it, and pooling makes 1 by 1 of 3 by 3.

    >>> two.conv.shape, two.pool.shape
    ((3, 3, 2), (1, 1, 2))
    >>> two.pool[0, 0]
    array([ 0., 25.])

    The first filter turns the signs, so that ReLU leaves nothing. Code that forgets the ReLU
    between conv and pooling gives -10 there.

    >>> pooling(conv(one.pool, second), 2, 2)[0, 0]
    array([-10.,  25.])
    """,
    [
        Panel("image", "image"),
        Panel("one.conv[:, :, 0]", "conv", "→"),
        Panel("one.pool[:, :, 0]", "ReLU and pooling", "→"),
        Panel("two.pool[0]", "layer 2: its two maps", "→"),
    ],
    r"x^{(\ell+1)} = \operatorname{pooling}(\operatorname{relu}(\operatorname{conv}"
    r"(x^{(\ell)}, w^{(\ell)})), 2, 2)",
)

example(
    "S2",
    "Chelsea",
    """
    The goldens are the feature maps of a real image, stored as numbers: those of Chelsea, the cat
    of scikit-image. In their exact track the grey image and the filters are whole numbers, so
    that a right implementation gives each map bit for bit.

    >>> from cnnspec import stack
    >>> from cnnspec.article.golden import directory
    >>> exact = directory() / "exact"
    >>> image = np.load(exact / "image.npy")
    >>> banks = [np.load(exact / f"l{n}_filters.npy") for n in (1, 2, 3)]
    >>> layers = stack(image, banks)
    >>> [layer.pool.shape for layer in layers]
    [(149, 224, 2), (72, 110, 3), (33, 52, 1)]
    >>> for n, layer in enumerate(layers, 1):
    ...     golden = np.load(exact / f"l{n}_pool.standard.npy")
    ...     print(np.array_equal(layer.pool, golden))
    True
    True
    True

    The picture shows the glint in an eye, a bright spot in the dark pupil, in units of which 255
    are white. The first filter looks for what becomes brighter to the right: it gives large
    numbers where the spot begins, and numbers far below zero where it ends.

    >>> unit = 10_000
    >>> eye = np.rint(image[99:104, 166:173] / unit)
    >>> edges = np.rint(layers[0].conv[99:102, 166:171, 0] / unit)
    >>> edges
    array([[  58.,  273., -100., -292.,  -36.],
           [ 150.,  376., -143., -392.,  -89.],
           [ 156.,  331., -129., -316.,  -62.]])
    """,
    [
        Panel("eye", "image, rows 99 to 103, columns 166 to 172"),
        Panel("banks[0][0]", "filter of vertical edges", "*"),
        Panel("edges", "conv, rows 99 to 101", "="),
    ],
)
