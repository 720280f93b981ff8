"""How the calls of pooling vary."""

from cnnspec.kit import window_sizes
from cnnspec.kit.aspects import Crossing
from cnnspec.kit.contents import OF_MAPS, of_a_map

CROSSING = Crossing(
    sizes=window_sizes.SIZES,
    coarse=window_sizes.COARSE,
    excluded=window_sizes.excluded,
    shaped=window_sizes.shaped,
    work=window_sizes.work,
    numbers=OF_MAPS,
    filled=of_a_map,
)
