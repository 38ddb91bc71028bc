//! The plots: percentiles of the calls on the usual scale, and bars of records a second.

use crate::summary::{Curve, Summary, Throughput};
use plotters::coord::Shift;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use ringlog_compare::{LOADS, Outcome, QUANTILES};
use std::ops::Range;

/// A drawn plot.
#[derive(Debug)]
pub(crate) struct Plot {
    pub(crate) file: &'static str,
    pub(crate) title: &'static str,
    pub(crate) svg: String,
}

const SIZE: (u32, u32) = (1000, 620);
/// Room for the names at the ends of the lines.
const MARGIN: u32 = 170;
const TEXT: &str = "sans-serif";
const INK: RGBColor = RGBColor(40, 44, 52);
const GREY: RGBColor = RGBColor(130, 136, 145);
const FAINT: RGBColor = RGBColor(226, 229, 233);

/// ringlog's own colours, from dark to light, and its peers'. They differ in hue and in lightness.
const OWN: [RGBColor; 4] =
    [RGBColor(0, 72, 186), RGBColor(0, 140, 255), RGBColor(110, 90, 220), RGBColor(20, 20, 90)];
const PEERS: [RGBColor; 12] = [
    RGBColor(214, 39, 40),
    RGBColor(255, 127, 14),
    RGBColor(44, 140, 60),
    RGBColor(148, 80, 60),
    RGBColor(227, 119, 194),
    RGBColor(160, 160, 30),
    RGBColor(23, 170, 180),
    RGBColor(120, 40, 120),
    RGBColor(190, 150, 90),
    RGBColor(90, 110, 90),
    RGBColor(60, 60, 60),
    RGBColor(130, 200, 40),
];

/// A line or a pair of bars: who, in which colour, and whether it is ours.
struct Style {
    name: &'static str,
    colour: RGBColor,
    is_own: bool,
}

pub(crate) fn all(summary: &Summary) -> Outcome<Vec<Plot>> {
    let mut plots = Vec::new();
    for (call, (file, title)) in [
        ("latency-m1.svg", "M1: \"order {} qty {} px {}\", nanoseconds a call"),
        ("latency-m2.svg", "M2: \"symbol {} id {}\", nanoseconds a call"),
        ("latency-m3.svg", "M3: \"nothing to add\", nanoseconds a call"),
    ]
    .into_iter()
    .enumerate()
    {
        plots.push(Plot { file, title, svg: latency(summary, call, title)? });
    }
    let title = "Text to a file, million records a second";
    plots.push(Plot { file: "throughput.svg", title, svg: throughput(summary, title)? });
    Ok(plots)
}

fn styles(summary: &Summary) -> Vec<Style> {
    let (mut own, mut peers) = (OWN.iter().cycle(), PEERS.iter().cycle());
    let style = |peer: &crate::summary::Peer| {
        let is_own = peer.entry.is_ringlog();
        let colour = if is_own { own.next() } else { peers.next() };
        Style { name: peer.entry.name, colour: *colour.expect("endless"), is_own }
    };
    summary.peers.iter().map(style).collect()
}

/// How many nines: the axis on which p50 to p99.99 are usually drawn, `log10(1 / (1 - q))`.
fn nines(quantile: f64) -> f64 {
    -(1.0 - quantile).log10()
}

/// That axis, with ticks where percentiles have names.
struct Nines;

impl Nines {
    const NAMED: [f64; 5] = [0.5, 0.9, 0.99, 0.999, 0.9999];
}

impl Ranged for Nines {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn range(&self) -> Range<f64> {
        nines(Self::NAMED[0])..nines(Self::NAMED[4])
    }

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let Range { start, end } = self.range();
        from + ((value - start) / (end - start) * f64::from(to - from)).round() as i32
    }

    fn key_points<H: KeyPointHint>(&self, hint: H) -> Vec<f64> {
        if hint.weight().allow_light_points() { Vec::new() } else { Self::NAMED.map(nines).to_vec() }
    }
}

fn latency(summary: &Summary, call: usize, title: &str) -> Outcome<String> {
    let mut lines: Vec<(Style, &Curve)> = Vec::new();
    for (style, peer) in styles(summary).into_iter().zip(&summary.peers) {
        if let Some(latency) = &peer.latency {
            lines.push((style, &latency.calls[call]));
        }
    }
    if let Some(rdtsc) = &summary.rdtsc {
        lines.push((Style { name: "rdtsc alone", colour: GREY, is_own: false }, rdtsc));
    }
    let values = || lines.iter().flat_map(|(_, curve)| curve.iter().copied());
    // Whole decades; a burst may take less than a nanosecond only where the call was measured wrongly.
    let lowest = 10_f64.powf(values().fold(1e3, f64::min).max(0.1).log10().floor());
    let highest = 10_f64.powf(values().fold(lowest, f64::max).log10().ceil()).max(lowest * 10.0);
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .caption(title, (TEXT, 20).into_font().color(&INK))
            .margin(12)
            .margin_right(MARGIN)
            .x_label_area_size(46)
            .y_label_area_size(70)
            .build_cartesian_2d(Nines, (lowest..highest).log_scale())?;
        chart
            .configure_mesh()
            .x_desc("percentile of calls")
            .y_desc("nanoseconds a call")
            .x_label_formatter(&|nines| percentile(*nines))
            .y_label_formatter(&|value| nanoseconds(*value))
            .y_labels(12)
            .bold_line_style(FAINT)
            .light_line_style(TRANSPARENT)
            .axis_style(GREY)
            .label_style((TEXT, 14).into_font().color(&INK))
            .draw()?;
        for (style, curve) in &lines {
            let points = QUANTILES.into_iter().map(nines).zip(curve.iter().map(|value| value.max(lowest)));
            let width = if style.is_own { 3 } else { 2 };
            chart.draw_series(LineSeries::new(points, style.colour.stroke_width(width)))?;
        }
        let end =
            |curve: &Curve| chart.backend_coord(&(Nines.range().end, curve[curve.len() - 1].max(lowest)));
        let ends: Vec<_> = lines.iter().map(|(style, curve)| (style, end(curve))).collect();
        name_lines(&root, ends)?;
        root.present()?;
    }
    Ok(svg)
}

fn percentile(nines: f64) -> String {
    let percent = 100.0 - 100.0 * 10_f64.powf(-nines);
    // To as many digits as there are nines: 99.99, not 99.98999.
    let text = format!("{percent:.2}");
    format!("p{}", text.trim_end_matches('0').trim_end_matches('.'))
}

fn nanoseconds(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{} ms", value / 1e6),
        value if value >= 1e3 => format!("{} µs", value / 1e3),
        value => format!("{value} ns"),
    }
}

/// Writes each name beside its line's end, moved apart where they would lie upon each other.
fn name_lines(root: &DrawingArea<SVGBackend<'_>, Shift>, mut ends: Vec<(&Style, (i32, i32))>) -> Outcome<()> {
    const HEIGHT: i32 = 16;
    ends.sort_by_key(|(_, (_, y))| *y);
    let mut places: Vec<i32> = ends.iter().map(|(_, (_, y))| *y).collect();
    for index in 1..places.len() {
        places[index] = places[index].max(places[index - 1] + HEIGHT);
    }
    // Back up from the bottom, where they have been moved out of the picture.
    let mut lowest = SIZE.1 as i32 - 50;
    for place in places.iter_mut().rev() {
        *place = (*place).min(lowest);
        lowest = *place - HEIGHT;
    }
    for ((style, (x, y)), place) in ends.into_iter().zip(places) {
        root.draw(&PathElement::new(vec![(x, y), (x + 14, place)], style.colour.mix(0.6)))?;
        let font = (TEXT, if style.is_own { 15 } else { 14 }).into_font().color(&style.colour);
        let anchored = font.pos(Pos::new(HPos::Left, VPos::Center));
        root.draw(&Text::new(style.name, (x + 18, place), anchored))?;
    }
    Ok(())
}

fn throughput(summary: &Summary, title: &str) -> Outcome<String> {
    const ROW: i32 = 56;
    const TOP: i32 = 84;
    const LEFT: i32 = 150;
    const RIGHT: i32 = 70;
    let mut rows: Vec<(Style, [Option<f64>; LOADS.len()])> = Vec::new();
    for (style, peer) in styles(summary).into_iter().zip(&summary.peers) {
        let millions = |load: &Option<Throughput>| Some(load.as_ref()?.records_a_second / 1e6);
        rows.push((style, peer.throughput.each_ref().map(millions)));
    }
    rows.sort_by(|(_, one), (_, other)| {
        let value = |speeds: &[Option<f64>]| speeds.iter().find_map(|speed| *speed).unwrap_or(0.0);
        value(other).total_cmp(&value(one))
    });
    let most =
        rows.iter().flat_map(|(_, speeds)| speeds.iter().flatten()).fold(f64::MIN_POSITIVE, |a, b| a.max(*b));
    let height = TOP + ROW * rows.len() as i32 + 14;
    let scale = f64::from(SIZE.0 as i32 - LEFT - RIGHT) / most;
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (SIZE.0, height as u32)).into_drawing_area();
        root.fill(&WHITE)?;
        let text = |size: u32, colour: &RGBColor, side: HPos| {
            (TEXT, size).into_font().color(colour).pos(Pos::new(side, VPos::Center))
        };
        let middle = SIZE.0 as i32 / 2;
        root.draw(&Text::new(title, (middle, 28), text(20, &INK, HPos::Center)))?;
        let key =
            "upper bar: 1 producer · middle: 2 producers · lower, lightest bar: 1 producer, many statements";
        root.draw(&Text::new(key, (middle, 56), text(14, &GREY, HPos::Center)))?;
        for (index, (style, speeds)) in (0..).zip(&rows) {
            let top = TOP + ROW * index;
            root.draw(&Text::new(style.name, (LEFT - 8, top + 24), text(14, &style.colour, HPos::Right)))?;
            for (bar, (speed, strength)) in (0..).zip(speeds.iter().zip([1.0, 0.55, 0.3])) {
                let (from, to) = (top + 16 * bar, top + 16 * bar + 14);
                let length = (speed.unwrap_or(0.0) * scale) as i32;
                let fill = style.colour.mix(strength).filled();
                root.draw(&Rectangle::new([(LEFT, from), (LEFT + length, to)], fill))?;
                let told = speed.map_or_else(|| "—".to_owned(), |speed| format!("{speed:.2}"));
                root.draw(&Text::new(told, (LEFT + length + 6, from + 7), text(13, &INK, HPos::Left)))?;
            }
        }
        root.present()?;
    }
    Ok(svg)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binaries::Binaries;
    use crate::roster::ENTRIES;

    #[test]
    fn ticks_are_named_as_percentiles() {
        let names = Nines::NAMED.map(nines).map(percentile);
        assert_eq!(names, ["p50", "p90", "p99", "p99.9", "p99.99"]);
        assert_eq!([1.0, 10.0, 1e3, 1e6].map(nanoseconds), ["1 ns", "10 ns", "1 µs", "1 ms"]);
    }

    #[test]
    fn there_are_plots_even_of_nothing() {
        let summary = Summary::of(&[&ENTRIES[0]], &[], &Binaries::new());
        for plot in all(&summary).unwrap() {
            assert!(plot.svg.starts_with("<svg"), "{}", plot.file);
            assert!(plot.svg.trim_end().ends_with("</svg>"), "{}", plot.file);
        }
    }
}
