//! One page with all: tables, plots, and how they came about. It needs nothing but itself.

use crate::machine::Machine;
use crate::plot::Plot;
use crate::summary::Summary;
use crate::table::{Table, states, tables};
use std::fmt::Write;

const STYLE: &str = "
body { font: 16px/1.5 system-ui, sans-serif; color: #282c34; background: #fff; margin: 2rem auto;
       max-width: 70rem; padding: 0 1rem }
h1 { font-size: 1.8rem } h2 { font-size: 1.3rem; margin-top: 2.5rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem }
dt { color: #6b7280 } dd { margin: 0 }
div.wide { overflow-x: auto }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums }
th, td { padding: .3rem .7rem; text-align: right; border-bottom: 1px solid #e2e5e9; white-space: nowrap }
th { border-bottom: 2px solid #828891 }
th:first-child, td:first-child, table.words td, table.words th { text-align: left }
table.words td { white-space: normal }
tr.own td { background: #eef4ff; font-weight: 600 }
code { background: #f3f4f6; padding: 0 .25rem } svg { max-width: 100%; height: auto }
";

pub(crate) fn html(summary: &Summary, machine: &Machine, plots: &[Plot]) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<title>ringlog beside its peers</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>ringlog beside its peers</h1>\n<dl>\n"
    );
    for (name, value) in &machine.0 {
        let value = escaped(value);
        let value = if *name == "command" { format!("<code>{value}</code>") } else { value };
        let _ = writeln!(page, "<dt>{name}</dt><dd>{value}</dd>");
    }
    let _ = writeln!(page, "</dl>\n<p>{}</p>", escaped(&states(summary)));
    let [latency, cold, throughput, runs, notes] = tables(summary);
    let (bars, curves): (Vec<_>, Vec<_>) = plots.iter().partition(|plot| plot.file.starts_with("throughput"));
    section(&mut page, &latency, &curves);
    section(&mut page, &cold, &[]);
    section(&mut page, &throughput, &bars);
    section(&mut page, &runs, &[]);
    section(&mut page, &notes, &[]);
    page.push_str("</body>\n</html>\n");
    page
}

fn section(page: &mut String, table: &Table, plots: &[&Plot]) {
    let _ = writeln!(page, "<h2>{}</h2>\n<p>{}</p>", escaped(table.title), escaped(&table.about));
    for plot in plots {
        let _ = writeln!(page, "<figure aria-label=\"{}\">\n{}</figure>", escaped(plot.title), plot.svg);
    }
    let kind = if table.is_words() { " class=\"words\"" } else { "" };
    let _ = write!(page, "<div class=\"wide\"><table{kind}>\n<tr>");
    for column in &table.columns {
        let _ = write!(page, "<th>{}</th>", marked_up(column));
    }
    page.push_str("</tr>\n");
    for row in &table.rows {
        let is_own = row[0].starts_with("ringlog") && !table.is_words();
        page.push_str(if is_own { "<tr class=\"own\">" } else { "<tr>" });
        for cell in row {
            let _ = write!(page, "<td>{}</td>", marked_up(cell));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</table></div>\n");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The little of Markdown that the tables use: code and bold.
fn marked_up(text: &str) -> String {
    let code = paired(&escaped(text), "`", "<code>", "</code>");
    paired(&code, "**", "<strong>", "</strong>")
}

/// Puts `open` and `close` in the place of each pair of marks.
fn paired(text: &str, mark: &str, open: &str, close: &str) -> String {
    let pieces: Vec<_> = text.split(mark).collect();
    let mut out = pieces[0].to_owned();
    for (index, piece) in pieces.iter().enumerate().skip(1) {
        out.push_str(match index {
            // A mark without a partner is itself.
            _ if index % 2 == 1 && index + 1 == pieces.len() => mark,
            _ if index % 2 == 1 => open,
            _ => close,
        });
        out.push_str(piece);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_marked_up() {
        assert_eq!(marked_up("`a<b>` & **c**"), "<code>a&lt;b&gt;</code> &amp; <strong>c</strong>");
        assert_eq!(marked_up("a ` alone"), "a ` alone");
        assert_eq!(escaped("\"order {}\""), "&quot;order {}&quot;");
    }
}
