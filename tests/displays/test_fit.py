from __future__ import annotations

import numpy as np
import pytest
from display_samples import StubModel, refused
from matplotlib.collections import QuadMesh
from matplotlib.contour import QuadContourSet

from kerasbook.displays import FitDisplay
from kerasbook.drawing.theme import theme_named

X = np.array([-1.0, 0, 1, 2, 3, 4])
Y = 2 * X - 1
PLANE = np.random.default_rng(0).normal(size=(80, 2))
SIDES = (PLANE[:, 0] > PLANE[:, 1]).astype(int)


def line(slope=2.0, intercept=-1.0, **options):
    """The fit of a straight line."""
    return FitDisplay.from_model(StubModel(lambda x: slope * x + intercept), X, Y, **options)


def sides(**options):
    """The regions of a model that knows on which side of the diagonal a point is."""
    model = StubModel(lambda x: 1 / (1 + np.exp(-9 * (x[:, :1] - x[:, 1:]))))
    return FitDisplay.from_model(model, PLANE, SIDES, **options)


def test_data_line_and_new_point_are_drawn():
    """The article's figure: six points, the line through them, and a star at x = 5."""
    display = line(1.9973876, -0.99190086, new=5).plot()
    model, data, new = display.ax_.lines
    assert model.get_label() == "model: y = 1.997·x − 0.9919"
    np.testing.assert_allclose(model.get_ydata(), 1.9973876 * model.get_xdata() - 0.99190086, 1e-5)
    assert (data.get_xdata().tolist(), data.get_ydata().tolist()) == (X.tolist(), Y.tolist())
    assert data.get_linestyle() == "None"
    assert (new.get_marker(), new.get_label()) == ("*", "new: x = 5 → 8.995")
    assert model.get_xdata().max() > 5  # the line goes on past the new point
    assert display.alt_text == (
        "Scatter plot of 6 points, x from −1 to 4 and y from −3 to 7, with the model's line "
        "y = 1.997·x − 0.9919 through them; mean squared error 3.74e−05. New: x = 5 gives 8.995."
    )


@pytest.mark.parametrize(
    ("slope", "intercept", "equation"),
    [(2, -1, "y = 2·x − 1"), (-0.5, 0, "y = −0.5·x"), (0, 3, "y = 0·x + 3"), (0, 0, "y = 0·x")],
)
def test_the_equation(slope, intercept, equation):
    """The line is written as one writes it: a minus sign, no + 0."""
    assert line(slope, intercept).equation == equation


def test_a_curve_has_no_equation():
    """What is not straight is called a curve."""
    display = FitDisplay.from_model(StubModel(np.tanh), X, Y)
    assert display.equation is None
    assert display.title == "curve fitted to 6 points"
    assert "with the model's curve through them" in display.alt_text


@pytest.mark.parametrize("x", [X, X[:, None], X.tolist()])
@pytest.mark.parametrize("y", [Y, Y[:, None], Y.tolist()])
@pytest.mark.parametrize("new", [5, [5], [[5]], np.array([5.0])])
def test_every_form_of_a_line_is_the_same(x, y, new):
    """(N,), (N, 1) and lists are read alike, and the model always gets (N, 1)."""
    shapes = []

    def model(inputs):
        shapes.append(inputs.shape)
        return 2 * inputs - 1

    display = FitDisplay.from_model(StubModel(model), x, y, new=new)
    assert display.new_y.tolist() == [9]
    assert shapes == [(6 + 201 + 1, 1)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_regions_boundary_points_and_new_ones(theme):
    """Regions in the classes' colours, a line between them, a marker a class, a star."""
    colors = theme_named(theme)
    display = sides(new=(2, -2), class_names=("below", "above")).plot(theme=theme)
    (mesh,) = [a for a in display.ax_.collections if isinstance(a, QuadMesh)]
    (boundary,) = [a for a in display.ax_.collections if isinstance(a, QuadContourSet)]
    assert set(np.unique(mesh.get_array())) == {0, 1}
    vertices = np.concatenate([path.vertices for path in boundary.get_paths()])
    np.testing.assert_allclose(vertices[:, 0], vertices[:, 1], atol=0.05)  # the diagonal
    below, above, new = display.ax_.lines
    assert [below.get_label(), above.get_label()] == ["below", "above"]
    assert below.get_marker() != above.get_marker()
    assert [below.get_color(), above.get_color()] == list(colors.colors[:2])
    assert len(below.get_xdata()) == (SIDES == 0).sum()
    assert new.get_label() == "new: (2, −2) → above"
    assert display.title == "below and above told apart on 80 points: 100 % right"
    assert display.alt_text.endswith(
        "it is right about 100 % of the points. New: (2, −2) gives above."
    )


def test_several_classes_have_several_boundaries():
    """Three logits give three regions, each with its boundary."""
    centres = np.array([[0, 2], [-2, -1], [2, -1]])
    model = StubModel(lambda x: -10 * ((x[:, None] - centres) ** 2).sum(axis=2))
    points = np.repeat(centres, 5, axis=0) + 0.1
    display = FitDisplay.from_model(model, points, np.eye(3)[np.repeat(range(3), 5)]).plot()
    boundaries = [a for a in display.ax_.collections if isinstance(a, QuadContourSet)]
    assert len(boundaries) == 3
    assert display.class_names == ("0", "1", "2")
    assert display.fitted.tolist() == np.repeat(range(3), 5).tolist()


def test_a_model_that_sees_one_class_only():
    """One region has no boundary, and nothing fails."""
    model = StubModel(lambda x: np.full((len(x), 1), 0.2))
    display = FitDisplay.from_model(model, PLANE, SIDES).plot()
    assert not [a for a in display.ax_.collections if isinstance(a, QuadContourSet)]


def test_large_data_stay_bounded():
    """Of 20,000 points 5,000 are drawn, as pixels in vector files; the count is still told."""
    x = np.linspace(0, 1, 20_000)
    display = FitDisplay.from_model(StubModel(lambda x: x), x, x).plot()
    data = display.ax_.lines[1]
    assert len(data.get_xdata()) == 5000
    assert data.get_rasterized()
    assert "20,000 points" in display.alt_text
    assert len(display._rendered("svg")) < 300_000


def test_many_new_points_are_counted():
    """The legend names six new points, then says how many there are."""
    display = line(new=np.arange(10)).plot()
    label = display.ax_.lines[2].get_label()
    assert label.count("→") == 6
    assert label.endswith("10 in all")
    assert len(display.ax_.lines[2].get_xdata()) == 10


FEATURES = "x must have one or two features, as shape (N,), (N, 1) or (N, 2); received x="


@pytest.mark.parametrize(
    ("x", "y", "new", "message"),
    [
        (np.zeros((4, 3)), np.zeros(4), None, f"{FEATURES}<float64 array of shape (4, 3)>."),
        ([], [], None, f"{FEATURES}<float64 array of shape (0,)>."),
        (
            [0, 1],
            [[0, 1], [1, 0]],
            None,
            (
                "y must be one number for each x, of shape (N,) or (N, 1); "
                "received y=<int64 array of shape (2, 2)>."
            ),
        ),
        (
            [0, 1],
            [0, 1, 2],
            None,
            (
                "y must have one entry for each of the 2 points; "
                "received y=<int64 array of shape (3,)>."
            ),
        ),
        (
            [0, 1],
            [0, 1],
            [[1, 2]],
            (
                "new must be a number or several, for data of 1 feature; "
                "received new=<int64 array of shape (1, 2)>."
            ),
        ),
        (
            [[0, 1], [1, 0]],
            [0, 1],
            3,
            (
                "new must be a pair or several, of shape (K, 2), for data of 2 features; "
                "received new=<int64 array of shape ()>."
            ),
        ),
        (
            [0, np.nan],
            [0, 1],
            None,
            (
                "x must hold finite numbers; received x=<float64 array of shape (2,)>. "
                "1 of its 2 numbers are NaN or infinite."
            ),
        ),
    ],
)
def test_data_that_do_not_fit(x, y, new, message):
    """Each argument is named with the shape it has and should have."""
    with refused(message):
        FitDisplay.from_model(StubModel(lambda x: x[:, :1]), x, y, new=new)


def test_a_model_with_too_many_outputs():
    """A line needs one number for each x."""
    with refused(
        "model must put out one number for each x; "
        "received model=<float32 array of shape (207, 3)>. For classes give x two features."
    ):
        FitDisplay.from_model(StubModel(lambda x: np.repeat(x, 3, axis=1)), X, Y)
