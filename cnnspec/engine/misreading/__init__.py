"""What a target does with stride, padding and dilation, found by impulses and named by rules.

rules, paddings and lengths list how parameters are misread; readings sends impulses; search finds
the rules that explain what they show; model makes a fault model of them, which the diagnosis
compares with the target on all probes as it does with any other; in_words says it.
"""
