"""How the calls of pooling vary."""

from cnnspec.kit import window_aspects
from cnnspec.kit.aspects import Crossing
from cnnspec.kit.contents import OF_MAPS, of_a_map

CROSSING = Crossing(
    sizes=window_aspects.SIZES,
    coarse=window_aspects.COARSE,
    excluded=window_aspects.excluded,
    shaped=window_aspects.shaped,
    work=window_aspects.work,
    numbers=OF_MAPS,
    filled=of_a_map,
)
