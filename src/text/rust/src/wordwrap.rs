//! Jinja2's `wordwrap`: Python's `textwrap.wrap` of every line.

use std::collections::VecDeque;

use minijinja::value::{Kwargs, Rest, Value};
use minijinja::{Error, ErrorKind};

use crate::arguments::Arguments;
use crate::string_split::lines;

/// Lines of at most `width` characters, cut at blanks and after hyphens; a longer word is cut, unless it must
/// not be.
pub fn wordwrap(text: &str, placed: Rest<Value>, named: Kwargs) -> Result<String, Error> {
    let names = ["width", "break_long_words", "wrapstring", "break_on_hyphens"];
    let arguments = Arguments::of(&placed, &named, &names)?;
    let wrapper = Wrapper {
        width: arguments.get(0)?.unwrap_or(79usize),
        cut_words: arguments.get(1)?.unwrap_or(true),
        at_hyphens: arguments.get(3)?.unwrap_or(true),
    };
    if wrapper.width == 0 {
        return Err(Error::new(ErrorKind::InvalidOperation, "wordwrap needs a width of at least 1"));
    }
    let between = arguments.text(2)?.unwrap_or("\n");
    let wrapped = lines(text, false).into_iter().map(|line| wrapper.wrap(line).join(between));
    Ok(wrapped.collect::<Vec<_>>().join(between))
}

struct Wrapper {
    width: usize,
    cut_words: bool,
    at_hyphens: bool,
}

type Chunk = Vec<char>;

fn is_blank(chunk: &Chunk) -> bool {
    chunk.iter().all(|c| c.is_whitespace())
}

impl Wrapper {
    fn wrap(&self, line: &str) -> Vec<String> {
        let mut waiting = chunks(&line.chars().collect::<Vec<_>>(), self.at_hyphens);
        let mut lines: Vec<String> = Vec::new();
        while !waiting.is_empty() {
            let mut current: Vec<Chunk> = Vec::new();
            let mut size = 0;
            if !lines.is_empty() && is_blank(&waiting[0]) {
                waiting.pop_front();
            }
            while waiting.front().is_some_and(|chunk| size + chunk.len() <= self.width) {
                size += waiting[0].len();
                current.extend(waiting.pop_front());
            }
            if waiting.front().is_some_and(|chunk| chunk.len() > self.width) {
                self.cut(&mut waiting, &mut current, self.width - size);
            }
            // As in Python only the last chunk: an empty one, cut where no room was left, keeps the blanks
            // before it.
            current.pop_if(|chunk| is_blank(chunk));
            if !current.is_empty() {
                lines.push(current.concat().into_iter().collect());
            }
        }
        lines
    }

    /// Puts what there is room for of a chunk that is longer than a line.
    fn cut(&self, waiting: &mut VecDeque<Chunk>, current: &mut Vec<Chunk>, room: usize) {
        if self.cut_words {
            let chunk = &mut waiting[0];
            let mut end = room;
            if self.at_hyphens {
                let hyphen = chunk[..room].iter().rposition(|c| *c == '-');
                end = hyphen.filter(|at| chunk[..*at].iter().any(|c| *c != '-')).map_or(room, |at| at + 1);
            }
            let rest = chunk.split_off(end);
            current.push(std::mem::replace(chunk, rest));
        } else if current.is_empty() {
            current.extend(waiting.pop_front());
        }
    }
}

fn is_space(c: char) -> bool {
    "\t\n\u{b}\u{c}\r ".contains(c)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Blanks, words, the parts of words that end with a hyphen, and dashes between words.
fn chunks(line: &[char], at_hyphens: bool) -> VecDeque<Chunk> {
    let mut chunks = VecDeque::new();
    let mut start = 0;
    while start < line.len() {
        let run =
            |end: usize| line[end..].iter().take_while(|c| is_space(**c) == is_space(line[start])).count();
        let end = match () {
            () if is_space(line[start]) || !at_hyphens => start + run(start),
            () if start > 0 && dash_after(line, start) > 0 => start + dash_after(line, start),
            () => word_end(line, start),
        };
        chunks.push_back(line[start..end].to_vec());
        start = end;
    }
    chunks
}

/// How many hyphens make a dash between words at `at`, which is not the line's first character.
fn dash_after(line: &[char], at: usize) -> usize {
    let before = line[at - 1];
    if !is_word(before) && !"!\"'&.,?".contains(before) {
        return 0;
    }
    let size = line[at..].iter().take_while(|c| **c == '-').count();
    if size >= 2 && line.get(at + size).is_some_and(|c| is_word(*c)) {
        size
    } else {
        0
    }
}

fn word_end(line: &[char], start: usize) -> usize {
    let letter = |at: usize| line.get(at).is_some_and(|c| c.is_alphabetic());
    let hyphen = |at: usize| line.get(at) == Some(&'-');
    // Python's pattern: letters before, and after the hyphen two letters, perhaps with a hyphen between.
    let ends_part = |at: usize| {
        let before = (at >= 2 && letter(at - 1) && letter(at - 2))
            || (at >= 3 && letter(at - 1) && hyphen(at - 2) && letter(at - 3));
        hyphen(at) && before && letter(at + 1) && (letter(at + 2) || (hyphen(at + 2) && letter(at + 3)))
    };
    for at in start + 1..line.len() {
        if ends_part(at) {
            return at + 1;
        }
        if is_space(line[at]) || dash_after(line, at) > 0 {
            return at;
        }
    }
    line.len()
}
