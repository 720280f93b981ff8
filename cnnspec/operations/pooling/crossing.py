"""How the calls of pooling vary."""

from cnnspec.kit import window_aspects
from cnnspec.kit.contents import OF_MAPS, of_a_map

CROSSING = window_aspects.crossing(numbers=OF_MAPS, filled=of_a_map)
