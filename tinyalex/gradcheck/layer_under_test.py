"""The layer under test, as a function of its inputs and parameters."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import numpy as np

from tinyalex import backend
from tinyalex.gradcheck.parameters import (
    Place,
    Variable,
    check_parameter,
    gradient_name,
    is_judged,
    places,
)
from tinyalex.gradcheck.randomness import FrozenRandomness
from tinyalex.gradcheck.state import State
from tinyalex.support.beside import lives_here, made_beside, tell


class LayerUnderTest:
    """A layer, net or loss at a point. As a context manager it leaves everything as it was.

    xs: the inputs, one or several. variables: those of them that are float64, then the parameters.
    notes: what the check cannot judge, found on the way.
    """

    def __init__(self, layer, xs: list[np.ndarray], labels, training: bool, several: bool) -> None:
        self.layer, self.training, self.several = layer, training, several
        self.name, self.forwards, self.notes = type(layer).__name__, 0, []
        self.use_labels(labels)
        self._foreseen: dict[tuple[int, float], np.ndarray] = {}
        self.added = True  # whether the gradients of one array's several names add up
        self._apart = several and _takes_several(layer.forward, len(xs))
        arguments = list(self._parameter_places())
        check_inputs(self.name, xs, any(is_judged(place.value) for place in arguments))
        for place in arguments:
            if is_judged(place.value):
                check_parameter(self.name, place)
        self.xs, self.inputs = list(xs), list(self._input_variables(xs))
        self.randomness = made_beside(layer, FrozenRandomness)
        judged = [place.value for place in arguments if is_judged(place.value)]
        self._state = made_beside(layer, State, judged)
        self.parameters: list[Variable] = []
        self._read(arguments)

    def __enter__(self) -> LayerUnderTest:
        return self

    def __exit__(self, *_) -> None:
        for variable in self.variables:
            variable.restore()
        self._state.restore()
        self.randomness.rewind()

    @property
    def variables(self) -> list[Variable]:
        return [*self.inputs, *self.parameters]

    def use_labels(self, labels) -> None:
        self.labels = labels
        self.labels_in_use = None if labels is None else backend.from_numpy(labels.copy())

    def _input_variables(self, xs) -> Iterator[Variable]:
        for number, x in enumerate(xs):
            if x.dtype == np.float64:
                name = f"x[{number}]" if self.several else "x"
                gradient = "dlogits" if self.labels is not None else f"d{name}"
                variable = Variable(name, gradient, x, np.asarray)
                variable.number = number
                yield variable

    def _read(self, found: list[Place]) -> None:
        """Makes a variable of every parameter that has none yet."""
        known = {variable.name: variable for variable in self.parameters}
        self.parameters = []
        for place in found:
            value, old = place.value, known.get(place.name)
            if old is not None and (old.is_number or value is old.array or value is old.value):
                self.parameters.append(old)
            elif not self._is_tied(place) and is_judged(value) and not self._is_frozen(place.name):
                name = gradient_name(place.name)
                self.parameters.append(Variable(place.name, name, value, backend.from_numpy, place))

    def _is_tied(self, place: Place) -> bool:
        for variable in self.parameters:
            turned = variable.is_also(place.value)
            if turned is not None and not variable.is_number:
                if (place.name, turned) not in variable.others:
                    variable.others.append((place.name, turned))
                return True
        return False

    def _is_frozen(self, key: str) -> bool:
        return any(key == name or key.startswith(f"{name}.") for name in self.frozen)

    @property
    def frozen(self) -> tuple:
        """The names of layers or parameters that the layer itself calls frozen."""
        names = getattr(self.layer, "frozen", ())
        return tuple(names) if isinstance(names, list | tuple | set | frozenset) else ()

    def read_late_parameters(self) -> bool:
        """After the first forward: takes up parameters and generators that it made."""
        before = [id(variable) for variable in self.parameters]
        found = list(self._parameter_places())
        for place in found:
            if is_judged(place.value):
                check_parameter(self.name, place)
        self._read(found)
        skipped = [p.name for p in found if p.value is not None and not is_judged(p.value)]
        if skipped:
            self.notes.append(f"{', '.join(skipped)}: whole numbers have no gradient; left out")
        if self.frozen:
            self.notes.append(f"frozen, and not judged: {', '.join(sorted(map(str, self.frozen)))}")
        late = [v.name for v in self.parameters if id(v) not in before]
        if late:
            self.notes.append(f"{', '.join(late)}: made at the first forward, and judged")
        self.randomness.take_up(self.layer)
        return bool(late)

    def _parameter_places(self) -> Iterator[Place]:
        return places(self._held("parameters", "params"))

    def _held(self, method: str, attribute: str):
        """A net's method (names with dots) or a layer's attribute; empty where there is neither."""
        if callable(getattr(self.layer, method, None)):
            held = getattr(self.layer, method)()
        else:
            held = getattr(self.layer, attribute, None)
        if held is None:
            return {}
        if not isinstance(held, dict | list | tuple):
            raise ValueError(
                f"{self.name}: {attribute} must be a dict of arrays; got a {type(held).__name__}"
            )
        return held

    def parameter_values(self) -> list:
        """What is in params, judged or not."""
        return [place.value for place in self._parameter_places()]

    def unjudged(self) -> set[str]:
        """The names of parameters that may have a gradient and need none."""
        judged = {variable.name for variable in self.parameters}
        return {place.name for place in self._parameter_places()} - judged

    def gradients(self) -> dict:
        """What backward left, by name."""
        return {place.name: place.value for place in places(self._held("gradients", "grads"))}

    def run_forward(self, xs: list):
        """The layer's own forward on arrays of the backend; what it returns is its own."""
        tell(self.randomness, "rewind")
        self.forwards += 1
        arguments = xs if self._apart or not self.several else [tuple(xs)]
        if self.labels is not None:
            return self.layer.forward(*arguments, self.labels_in_use)
        options = {"training": True} if self.training else {}
        return self.layer.forward(*arguments, **options)

    def run_backward(self, dy):
        return self.layer.backward() if self.labels is not None else self.layer.backward(dy)

    def fresh_inputs(self) -> list:
        """Copies of the inputs as they are now."""
        return [backend.from_numpy(x.copy()) for x in self.xs]

    def output(self) -> np.ndarray:
        """y at the point where the variables are now; a loss is an array of no dimensions."""
        y = self.run_forward(self.fresh_inputs())
        return np.array(backend.to_numpy(y))  # a copy: y may be a view of x, or a reused buffer

    def output_along(self, direction, t: float) -> np.ndarray:
        """y once the variables have gone along a direction as far as t."""
        direction.go(t)
        known = self._foreseen.pop((id(direction), t), None)
        return self.output() if known is None else known

    def foresee(self, places: list[tuple]) -> None:
        """Asks a layer in another process for the outputs at many (direction, t) at once."""
        self._foreseen = {}
        if lives_here(self.layer) or self.several:
            return
        moves = [direction.move(t) for direction, t in places]
        variable = places[0][0].variables[0]
        if None in moves or variable.is_number:
            return
        array = None if variable in self.inputs else variable.array
        options = {"training": True} if self.training else {}
        given = (self.xs[0], self.labels_in_use, options, array, moves)
        try:
            found = made_beside(self.layer, outputs_along, self.randomness, *given)
        except Exception:  # out of the function's domain at one of them: ask for each by itself
            return
        self.forwards += len(moves)
        self._foreseen = {
            (id(direction), t): y for (direction, t), y in zip(places, found, strict=True)
        }

    def input_gradients(self, dx) -> dict:
        """Backward's result by the inputs' names."""
        found = dx if self.several else [dx]
        if not isinstance(found, list | tuple):
            return {variable.name: None for variable in self.inputs}
        found = [*found, *[None] * (len(self.xs) - len(found))]
        return {variable.name: found[variable.number] for variable in self.inputs}

    def collect(self, dx) -> dict[str, np.ndarray]:
        """Every gradient after a backward that returned dx, by the variable's name; copies."""
        found = {**self.gradients(), **self.input_gradients(dx)}
        found = {
            key: np.array(backend.to_numpy(array))
            for key, array in found.items()
            if array is not None
        }
        for variable in self.parameters:
            if variable.others:
                found[variable.name] = variable.combined(found, self.added)
        return found

    def analytic(self, dy: np.ndarray) -> dict[str, np.ndarray]:
        """Every gradient that backward gives here, by the variable's name."""
        self.output()
        return self.collect(self.run_backward(backend.from_numpy(dy.copy())))


def outputs_along(layer, randomness, x, labels, options: dict, array, moves: list) -> list:
    """y for each of (index, value), with this entry of the array, or of x for None, moved there."""
    found = []
    for index, value in moves:
        randomness.rewind()
        given = x.copy()
        moved = given if array is None else array
        before = moved[index]
        moved[index] = value
        try:
            arguments = (given,) if labels is None else (given, labels)
            found.append(np.array(layer.forward(*arguments, **options)))
        finally:
            moved[index] = before
    return found


def _takes_several(forward, count: int) -> bool:
    """Whether forward takes the inputs one by one, and not as one tuple."""
    kinds = inspect.Parameter
    found = inspect.signature(forward).parameters.values()
    if any(parameter.kind is kinds.VAR_POSITIONAL for parameter in found):
        return True
    positional = (kinds.POSITIONAL_ONLY, kinds.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in positional and p.name != "training" for p in found) >= count


def check_inputs(name: str, xs: list[np.ndarray], has_parameters: bool) -> None:
    """ValueError unless they are float64, finite and not empty.

    Whole numbers are taken where a parameter can be judged all the same.
    """
    for x in xs:
        if x.size == 0:
            raise ValueError(
                f"{name}: x is empty, of shape {x.shape}, so there is nothing to check: give it at "
                "least one number"
            )
        counts = x.dtype.kind in "iub"
        if x.dtype != np.float64 and not (counts and (has_parameters or len(xs) > 1)):
            raise ValueError(
                f"check_gradients needs float64, and x is {x.dtype}, in which finite differences "
                'have no correct digits left: pass x.astype("float64")'
            )
        if not np.isfinite(x).all():
            raise ValueError(f"{name}: x holds NaN or infinity: give the check finite numbers")
