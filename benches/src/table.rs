//! Tables in Markdown.

use std::fmt;

/// Rows of cells under a heading.
#[derive(Clone, Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns; the first is flush left, the others right.
    pub fn new<const N: usize>(columns: [&str; N]) -> Self {
        let head = columns.map(str::to_owned).to_vec();
        Self { rows: vec![head] }
    }

    /// Adds a row.
    ///
    /// # Panics
    ///
    /// If it has another number of cells than the table has columns.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        assert_eq!(N, self.rows[0].len(), "a row is as wide as its table");
        self.rows.push(cells.to_vec());
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or_default().max(2)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, row) in self.rows.iter().enumerate() {
            f.write_str("|")?;
            for (column, cell) in row.iter().enumerate() {
                let width = self.width(column);
                match column {
                    0 => write!(f, " {cell:<width$} |")?,
                    _ => write!(f, " {cell:>width$} |")?,
                }
            }
            writeln!(f)?;
            if index == 0 {
                f.write_str("|")?;
                for column in 0..row.len() {
                    let colon = if column == 0 { '-' } else { ':' };
                    write!(f, "{:-<1$}{colon}|", "", self.width(column) + 1)?;
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }
}

/// A ratio, with as many digits as say something.
pub fn times(ratio: f64) -> String {
    match ratio {
        _ if ratio.is_nan() => "–".to_owned(),
        _ if ratio >= 10.0 => format!("{ratio:.1}"),
        _ => format!("{ratio:.2}"),
    }
}

/// Nanoseconds, printed as microseconds.
pub fn microseconds(nanoseconds: f64) -> String {
    let value = nanoseconds / 1000.0;
    match value {
        _ if value >= 100.0 => thousands(value.round() as u64),
        _ => format!("{value:.1}"),
    }
}

/// A count with its thousands apart.
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_in_columns() {
        let mut table = Table::new(["body", "x"]);
        table.row(["JSON".to_owned(), "1.25".to_owned()]);
        let expected = "| body |    x |\n|------|-----:|\n| JSON | 1.25 |\n";
        assert_eq!(table.to_string(), expected);
    }

    #[test]
    fn thousands_are_apart() {
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1,234,567");
    }
}
