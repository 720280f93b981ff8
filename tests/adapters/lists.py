"""Nested lists in and out, plain Python arithmetic, channels first."""

import cnnspec


def relu_lists(maps):
    return [[[v if not v <= 0 else 0.0 for v in row] for row in one] for one in maps]


def pool_lists(maps, size, stride):
    def largest(one, r, c):
        best = one[r][c]
        for i in range(r, r + size):
            for j in range(c, c + size):
                if one[i][j] > best or one[i][j] != one[i][j]:
                    best = one[i][j]
        return best

    height, width = len(maps[0]), len(maps[0][0])
    if not 1 <= size <= min(height, width) or stride < 1:
        raise ValueError("no such window")
    rows = range(0, height - size + 1, stride)
    cols = range(0, width - size + 1, stride)
    return [[[largest(one, r, c) for c in cols] for r in rows] for one in maps]


def relu(maps):
    if not maps.size:
        raise cnnspec.Unsupported("empty maps")
    return relu_lists(maps.astype(float).tolist())


def pooling(maps, size, stride):
    if not maps.size:
        raise ValueError("an empty map")
    return pool_lists(maps.astype(float).tolist(), size, stride)


target = cnnspec.adapt(relu=relu, pooling=pooling, image="CHW")
