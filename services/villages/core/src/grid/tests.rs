//! Areas drawn by hand, and partitions drawn by chance.

use proptest::prelude::*;
use time::{Date, macros::date};

use super::{
    Flaw, Mistake, Outline, Place, Point, Shape,
    arrange::{Grid, Misfit, misfits},
    relate,
};

const DAY: Date = date!(2024 - 05 - 01);

fn ring(points: &[(i64, i64)]) -> Vec<Point> {
    let closed = points.iter().chain(points.first());
    closed.map(|(x, y)| Point { x: *x, y: *y }).collect()
}

fn outline(outer: &[(i64, i64)], holes: &[&[(i64, i64)]]) -> Outline {
    Outline {
        outer: ring(outer),
        holes: holes.iter().map(|hole| ring(hole)).collect(),
    }
}

fn shape(outer: &[(i64, i64)]) -> Shape {
    Shape::new(&[outline(outer, &[])]).expect("sound")
}

fn square(x: i64, y: i64, side: i64) -> Vec<(i64, i64)> {
    vec![(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
}

fn mistake(outer: &[(i64, i64)], holes: &[&[(i64, i64)]]) -> Mistake {
    Shape::new(&[outline(outer, holes)]).expect_err("a flaw").mistake
}

fn counted(shapes: &[Shape], x: i64, y: i64) -> usize {
    shapes.iter().filter(|shape| shape.contains(Point { x, y })).count()
}

#[test]
fn a_hole_and_what_fills_it_share_every_place_between_them() {
    let hole = square(3, 3, 4);
    let ground = Shape::new(&[outline(&square(0, 0, 10), &[&hole])]).expect("sound");
    let filling = shape(&hole);
    assert_eq!(relate(&filling, &ground).overlap(), None);
    for x in -1..12 {
        for y in -1..12 {
            let inside = (0..10).contains(&x) && (0..10).contains(&y);
            let found = counted(&[ground.clone(), filling.clone()], x, y);
            assert_eq!(found, usize::from(inside), "{x} {y}");
            let filled = (3..7).contains(&x) && (3..7).contains(&y);
            assert_eq!(filling.contains(Point { x, y }), filled, "{x} {y}");
        }
    }
}

#[test]
fn flaws_are_told_by_place() {
    assert_eq!(
        mistake(&[(0, 0), (4, 4), (4, 0), (0, 4)], &[]),
        Mistake::Crosses { point: 0, other: 2 }
    );
    // It touches its own border in a point, runs back on itself, repeats a point.
    let touching = [(0, 0), (8, 0), (8, 8), (4, 0), (0, 8)];
    assert_eq!(mistake(&touching, &[]), Mistake::Crosses { point: 0, other: 2 });
    assert_eq!(
        mistake(&[(0, 0), (8, 0), (4, 0), (4, 8)], &[]),
        Mistake::Crosses { point: 0, other: 1 }
    );
    assert_eq!(
        mistake(&[(0, 0), (8, 0), (8, 0), (4, 8)], &[]),
        Mistake::Repeated { point: 2 }
    );
    assert_eq!(mistake(&[(0, 0), (8, 0)], &[]), Mistake::TooFewPoints);
    let open = Outline {
        outer: ring(&square(0, 0, 4))[..4].to_vec(),
        holes: vec![],
    };
    assert_eq!(
        Shape::new(&[open]),
        Err(Flaw {
            place: Place { part: 0, hole: None },
            mistake: Mistake::NotClosed
        })
    );
    assert_eq!(Shape::new(&[]).map_err(|flaw| flaw.mistake), Err(Mistake::Empty));
    let many: Vec<Outline> = (0..2_001).map(|n| outline(&square(n * 5, 0, 3), &[])).collect();
    assert_eq!(
        Shape::new(&many).map_err(|flaw| flaw.mistake),
        Err(Mistake::TooManyPoints)
    );
    assert!(Shape::new(&many[..2_000]).is_ok());
}

#[test]
fn holes_and_parts_keep_apart() {
    let ground = square(0, 0, 20);
    let outside = |hole: &[(i64, i64)]| {
        let flaw = Shape::new(&[outline(&ground, &[&square(1, 1, 2), hole])]).expect_err("a flaw");
        assert_eq!(flaw.place, Place { part: 0, hole: Some(1) });
        flaw.mistake
    };
    assert!(matches!(outside(&square(15, 15, 10)), Mistake::HoleOutside { .. }));
    assert!(matches!(outside(&square(30, 30, 4)), Mistake::HoleOutside { .. }));
    // Along the border, through a corner of it, and round the first hole.
    assert!(matches!(outside(&square(0, 5, 4)), Mistake::HoleOutside { .. }));
    assert!(matches!(
        outside(&[(10, 10), (22, 18), (18, 22)]),
        Mistake::HoleOutside { .. }
    ));
    assert!(matches!(
        outside(&square(1, 1, 3)),
        Mistake::HolesOverlap { other: 0, .. }
    ));
    assert!(
        Shape::new(&[outline(
            &ground,
            &[&[(0, 5), (5, 3), (5, 7)], &[(5, 3), (9, 1), (9, 5)]]
        )])
        .is_ok(),
        "points"
    );
    let parts = |second: &[(i64, i64)]| Shape::new(&[outline(&ground, &[]), outline(second, &[])]);
    assert!(parts(&square(20, 20, 5)).is_ok(), "corners touch");
    for second in [square(20, 5, 5), square(5, 5, 5), square(15, 5, 10)] {
        let flaw = parts(&second).expect_err("a flaw");
        assert!(
            matches!(flaw.mistake, Mistake::PartsOverlap { other: 0, .. }),
            "{flaw:?}"
        );
    }
}

#[test]
fn how_areas_lie_to_one_another() {
    let big = shape(&square(0, 0, 10));
    let (overlaps, leaves) = (true, true);
    for (other, expected) in [
        (square(2, 2, 4), (overlaps, !leaves)),
        (square(0, 0, 10), (overlaps, !leaves)),
        (square(0, 0, 5), (overlaps, !leaves)),
        (square(10, 0, 10), (!overlaps, leaves)),
        // Along half of a border, in a corner, far away.
        (square(10, 5, 20), (!overlaps, leaves)),
        (square(10, 10, 2), (!overlaps, leaves)),
        (square(50, 50, 2), (!overlaps, leaves)),
        (square(5, 5, 10), (overlaps, leaves)),
        (square(-5, -5, 30), (overlaps, leaves)),
        // Through two corners.
        (vec![(-5, -5), (15, 15), (-5, 15)], (overlaps, leaves)),
    ] {
        let relation = relate(&shape(&other), &big);
        let found = (relation.overlap().is_some(), relation.leaves().is_some());
        assert_eq!(found, expected, "{other:?}");
    }
}

#[test]
fn small_grids_lie_in_their_large_grid_on_every_day() {
    let (large, left, right) = (
        shape(&square(0, 0, 10)),
        shape(&[(0, 0), (5, 0), (5, 10), (0, 10)]),
        shape(&square(5, 0, 5)),
    );
    let grid = |code, parent, shape, from, until| Grid {
        code,
        parent,
        shape,
        from,
        until,
        drawn: true,
    };
    let whole = grid("L", "", &large, DAY, None);
    let fit = [
        whole,
        grid("a", "L", &left, DAY, None),
        grid("b", "L", &right, DAY, None),
    ];
    assert_eq!(misfits(&fit), []);
    let later = date!(2024 - 07 - 01);
    let ends = [grid("L", "", &large, DAY, Some(later)), fit[1]];
    assert_eq!(misfits(&ends), [Misfit::Orphan { grid: 1, from: later }]);
    let goes_on = [ends[0], grid("L", "", &large, later, None), fit[1]];
    assert_eq!(misfits(&goes_on), []);
    let shrinks = [ends[0], grid("L", "", &left, later, None), fit[2]];
    assert!(matches!(misfits(&shrinks)[..], [Misfit::Leaves { grid: 2, .. }]));
    let over = [whole, fit[1], grid("c", "L", &large, DAY, None)];
    assert!(matches!(
        misfits(&over)[..],
        [Misfit::Overlap { grid: 2, other: 1, .. }]
    ));
    // One after the other they share nothing; what is not drawn is not judged again.
    let apart = [
        whole,
        grid("a", "L", &left, DAY, Some(later)),
        grid("c", "L", &large, later, None),
    ];
    assert_eq!(misfits(&apart), []);
    let known = over.map(|grid| Grid { drawn: false, ..grid });
    assert_eq!(misfits(&known), []);
}

/// A lattice whose inner nodes are moved by chance, as quadrilaterals: they share all borders and fill a square.
fn partition(moves: &[(i64, i64)], cells: i64) -> Vec<Vec<(i64, i64)>> {
    const STEP: i64 = 20;
    let node = |column: i64, row: i64| {
        let inner = (1..cells).contains(&column) && (1..cells).contains(&row);
        let at = usize::try_from(row * (cells + 1) + column).expect("small");
        let (dx, dy) = if inner { moves[at % moves.len()] } else { (0, 0) };
        (column * STEP + dx, row * STEP + dy)
    };
    let cell = |column, row| {
        vec![
            node(column, row),
            node(column + 1, row),
            node(column + 1, row + 1),
            node(column, row + 1),
        ]
    };
    (0..cells)
        .flat_map(|row| (0..cells).map(move |column| (column, row)))
        .map(|(c, r)| cell(c, r))
        .collect()
}

proptest! {
    /// Whatever the borders, every place of the whole belongs to exactly one part, those on borders and corners too; and parts
    /// that share borders do not overlap, while a moved one does.
    #[test]
    fn a_partition_takes_each_place_once(
        moves in prop::collection::vec((-6_i64..=6, -6_i64..=6), 30),
        reversed in prop::collection::vec(any::<bool>(), 16),
        places in prop::collection::vec((-3_i64..84, -3_i64..84), 200),
    ) {
        let rings = partition(&moves, 4);
        let shapes: Vec<Shape> = rings.iter().zip(&reversed).map(|(ring, reversed)| {
            let mut ring = ring.clone();
            if *reversed {
                ring.reverse();
            }
            shape(&ring)
        }).collect();
        let corners = rings.iter().flatten().copied();
        for (x, y) in places.into_iter().chain(corners) {
            let inside = (0..80).contains(&x) && (0..80).contains(&y);
            prop_assert_eq!(counted(&shapes, x, y), usize::from(inside), "{} {}", x, y);
        }
        let whole = shape(&square(0, 0, 80));
        for (at, first) in shapes.iter().enumerate() {
            prop_assert_eq!(relate(first, &whole).leaves(), None);
            for second in &shapes[..at] {
                prop_assert_eq!(relate(first, second).overlap(), None);
            }
        }
        let moved: Vec<_> = rings[5].iter().map(|(x, y)| (x + 1, *y)).collect();
        let mut others = shapes.iter().enumerate().filter(|(at, _)| *at != 5);
        let overlaps = others.any(|(_, other)| relate(&shape(&moved), other).overlap().is_some());
        prop_assert!(overlaps);
    }

    /// Against counting lattice points: areas on a doubled lattice overlap if and only if some place lies inside both.
    #[test]
    fn overlap_is_shared_area(
        a in (0_i64..6, 0_i64..6, 1_i64..5, 1_i64..5), b in (0_i64..6, 0_i64..6, 1_i64..5, 1_i64..5),
    ) {
        let rectangle = |(x, y, w, h): (i64, i64, i64, i64)| shape(&[(x, y), (x + w, y), (x + w, y + h), (x, y + h)]);
        let shared = (0..12).flat_map(|x| (0..12).map(move |y| (x, y))).any(|(x, y)| {
            let place = Point { x, y };
            rectangle(a).contains(place) && rectangle(b).contains(place)
        });
        prop_assert_eq!(relate(&rectangle(a), &rectangle(b)).overlap().is_some(), shared);
    }

    #[test]
    fn no_drawing_panics(points in prop::collection::vec((-4_i64..4, -4_i64..4), 0..12), x in -5_i64..5, y in -5_i64..5) {
        if let Ok(shape) = Shape::new(&[outline(&points, &[])]) {
            shape.contains(Point { x, y });
            prop_assert!(relate(&shape, &shape).overlap().is_some() && relate(&shape, &shape).leaves().is_none());
        }
    }
}
