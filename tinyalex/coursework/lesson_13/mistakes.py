"""Lesson 13: wrong projections and fields. Each docstring is what the student reads."""

from __future__ import annotations

import numpy as np

from tinyalex.coursework.mistakes.mistake import mistake
from tinyalex.inspection import Field
from tinyalex.inspection import project as right_project
from tinyalex.inspection import receptive_field as right_field
from tinyalex.inspection.projection import RELU_RULES
from tinyalex.layers import LocalResponseNorm, ReLU, WithinChannelNorm

NORMS = (LocalResponseNorm, WithinChannelNorm)


def _walk(net, x, start, method, rules=RELU_RULES, left_out=("deconvnet",), training=False):
    """The correct projection, with three things to get wrong."""
    right_project(net, x, start, method)  # for its ValueError
    outputs, y, dy = [], x, start
    for _, layer in net:
        y = layer.forward(y, training=training)
        outputs.append(y)
    for (_, layer), y in zip(reversed(net.layers), reversed(outputs), strict=True):
        if isinstance(layer, ReLU):
            dy = rules[method](dy, y)
        elif not (method in left_out and isinstance(layer, NORMS)):
            dy = layer.backward(dy)
    return dy


@mistake("13-project_deconvnet_masks_by_forward", of="project")
def project_deconvnet_masks_by_forward(net, x, start, method):
    """the deconvnet masks by the forward output, which is the gradient's rule; mask by the sign of
    the signal."""
    return _walk(net, x, start, method, {**RELU_RULES, "deconvnet": RELU_RULES["gradient"]})


@mistake("13-project_deconvnet_is_guided", of="project")
def project_deconvnet_is_guided(net, x, start, method):
    """the deconvnet checks both signs, which is guided backpropagation; check the signal's only."""
    return _walk(net, x, start, method, {**RELU_RULES, "deconvnet": RELU_RULES["guided"]})


@mistake("13-project_guided_is_deconvnet", of="project")
def project_guided_is_deconvnet(net, x, start, method):
    """guided backpropagation ignores the forward output; both signs count."""
    return _walk(net, x, start, method, {**RELU_RULES, "guided": RELU_RULES["deconvnet"]})


@mistake("13-project_guided_is_gradient", of="project")
def project_guided_is_gradient(net, x, start, method):
    """guided backpropagation ignores the sign of the signal; both signs count."""
    return _walk(net, x, start, method, {**RELU_RULES, "guided": RELU_RULES["gradient"]})


@mistake("13-project_gradient_is_guided", of="project")
def project_gradient_is_guided(net, x, start, method):
    """the gradient drops negative signals; the chain rule keeps them where the unit was active."""
    return _walk(net, x, start, method, {**RELU_RULES, "gradient": RELU_RULES["guided"]})


@mistake("13-project_signs_of_the_signal_lost", of="project")
def project_signs_of_the_signal_lost(net, x, start, method):
    """a ReLU passes on the mask instead of the signal times the mask."""
    rules = {name: lambda dy, y, r=rule: 1.0 * (r(dy, y) != 0) for name, rule in RELU_RULES.items()}
    return _walk(net, x, start, method, rules)


@mistake("13-project_norm_kept", of="project")
def project_norm_kept(net, x, start, method):
    """the deconvnet sends its signal through response normalization; it must skip those layers."""
    return _walk(net, x, start, method, left_out=())


@mistake("13-project_norm_always_left_out", of="project")
def project_norm_always_left_out(net, x, start, method):
    """every method skips response normalization; only the deconvnet should."""
    return _walk(net, x, start, method, left_out=tuple(RELU_RULES))


@mistake("13-project_training", of="project")
def project_training(net, x, start, method):
    """forward runs with training=True, so dropout drops units."""
    return _walk(net, x, start, method, training=True)


@mistake("13-project_absolute", of="project")
def project_absolute(net, x, start, method):
    """the result is in absolute values; only the saliency map takes those, at the very end."""
    return np.abs(right_project(net, x, start, method))


def _field(net, place, shape, clip, window=None, order=reversed, start=lambda i: (i, i + 1)):
    """The correct field for networks of maps, with three things to get wrong."""
    shapes = [tuple(shape)]
    for _, layer in net:
        shapes.append(tuple(layer.output_shape(shapes[-1])))
    spans = [start(index) for index in place]
    for (_, layer), read in zip(order(net.layers), order(shapes[:-1]), strict=True):
        if len(read) < 4:
            continue
        if len(layer.output_shape(read)) < 4:
            spans = [(0, read[1]), (0, read[2])]
        elif hasattr(layer, "kernel_size"):
            sides = zip(layer.kernel_size, layer.stride, layer.padding, strict=True)
            spans = [window(*s, k, t, p[0]) for s, (k, t, p) in zip(spans, sides, strict=True)]
        if clip:
            spans = [(max(0, a), min(b, n)) for (a, b), n in zip(spans, read[1:3], strict=True)]
    return Field(*spans[0], *spans[1])


@mistake("13-field_padding_forgotten", of="receptive_field")
def field_padding_forgotten(net, place, shape, clip=True):
    """the padding is not subtracted: the first window starts at −top, not at 0."""
    return _field(net, place, shape, clip, lambda a, b, k, s, p: (a * s, (b - 1) * s + k))


@mistake("13-field_stride_forgotten", of="receptive_field")
def field_stride_forgotten(net, place, shape, clip=True):
    """the stride is ignored; one step in a map is `stride` steps in the map below."""
    return _field(net, place, shape, clip, lambda a, b, k, s, p: (a - p, b - 1 - p + k))


@mistake("13-field_end_too_far", of="receptive_field")
def field_end_too_far(net, place, shape, clip=True):
    """the end is b·stride + kernel; the last row is b − 1, so it is (b − 1)·stride + kernel."""
    return _field(net, place, shape, clip, lambda a, b, k, s, p: (a * s - p, b * s - p + k))


@mistake("13-field_stride_is_the_window", of="receptive_field")
def field_stride_is_the_window(net, place, shape, clip=True):
    """the end is b·stride − top, which is right only where kernel and stride are equal."""
    return _field(net, place, shape, clip, lambda a, b, k, s, p: (a * s - p, b * s - p))


@mistake("13-field_rows_are_columns", of="receptive_field")
def field_rows_are_columns(net, place, shape, clip=True):
    """rows and columns are swapped."""
    top, bottom, left, right = right_field(net, place, shape, clip)
    return Field(left, right, top, bottom)


@mistake("13-field_clipped_at_the_input_only", of="receptive_field")
def field_clipped_at_the_input_only(net, place, shape, clip=True):
    """the field is clipped at the input only, so padding of the maps in between is counted."""
    whole = right_field(net, place, shape, False)
    if not clip:
        return whole
    H, W = shape[1:3]
    top, bottom, left, right = whole
    return Field(max(0, top), min(bottom, H), max(0, left), min(right, W))


@mistake("13-field_always_clipped", of="receptive_field")
def field_always_clipped(net, place, shape, clip=True):
    """the field is clipped even where clip is False."""
    return right_field(net, place, shape, True)


@mistake("13-field_last_included", of="receptive_field")
def field_last_included(net, place, shape, clip=True):
    """bottom and right are the last row and column; they should be one past, like a slice's end."""
    top, bottom, left, right = right_field(net, place, shape, clip)
    return Field(top, bottom - 1, left, right - 1)
