//! Two operators that the template engine has only for its own types. In the source they become filters:
//! `"%s" % x` is `("%s")|percent(x)`, and `a ~ b` is `(a)|string ~ (b)|string`.

use crate::tokens::{find_tag, read_tag, Kind, Token};

/// The source with filters for operators. Every token stays in its line.
pub fn with_operator_filters(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while let Some(start) = find_tag(source, at) {
        let inside = start + if source[start + 2..].starts_with(['-', '+']) { 3 } else { 2 };
        let (tokens, end) = read_tag(source, inside);
        let statement = source[start..].starts_with("{%");
        // The name of a statement is no operand.
        let first = usize::from(statement && !tokens.is_empty());
        let mut copied = at;
        for edit in edits(&tokens[first..]) {
            out.push_str(&source[copied..edit.from]);
            out.push_str(edit.text);
            copied = edit.to;
        }
        out.push_str(&source[copied..end]);
        at = end;
        if statement && tokens.first().is_some_and(|token| token.is("raw")) {
            let raw_end = source[at..].find("endraw").map_or(source.len(), |i| at + i);
            out.push_str(&source[at..raw_end]);
            at = raw_end;
        }
    }
    out.push_str(&source[at..]);
    out
}

/// What takes the place of which bytes.
struct Edit {
    from: usize,
    to: usize,
    text: &'static str,
}

/// A product in the making: operands joined by `*`, `/`, `//`, `%` and `**`. One for each open bracket.
#[derive(Default)]
struct Product {
    /// Where it begins, if it has begun.
    start: Option<usize>,
    /// An operand has just ended.
    complete: bool,
    /// All of it so far is one filter.
    is_filter: bool,
    /// The right operand of a `%` is open.
    in_percent: bool,
    /// It is one quoted text.
    is_text: bool,
    after_tilde: bool,
}

#[derive(Default)]
struct Editor {
    edits: Vec<Edit>,
    products: Vec<Product>,
}

fn edits(tokens: &[Token]) -> Vec<Edit> {
    let mut editor = Editor { edits: Vec::new(), products: vec![Product::default()] };
    let mut i = 0;
    while i < tokens.len() {
        i += editor.step(tokens, i);
    }
    let end = tokens.last().map_or(0, Token::end);
    while !editor.products.is_empty() {
        editor.end_product(end, false);
        editor.products.pop();
    }
    editor.edits.sort_by_key(|edit| edit.from);
    editor.edits
}

fn begins_operand(token: &Token) -> bool {
    const WORDS: [&str; 7] = ["and", "or", "not", "in", "is", "if", "else"];
    match token.kind {
        Kind::Name => !WORDS.contains(&token.text),
        Kind::Text | Kind::Number => true,
        Kind::Sign => ["(", "[", "{"].contains(&token.text),
    }
}

impl Editor {
    fn product(&mut self) -> &mut Product {
        self.products.last_mut().expect("the outermost stays")
    }

    fn put(&mut self, from: usize, to: usize, text: &'static str) {
        self.edits.push(Edit { from, to, text });
    }

    /// Takes in token `i`; returns how many tokens are done with it.
    fn step(&mut self, tokens: &[Token], i: usize) -> usize {
        let token = &tokens[i];
        let end = i.checked_sub(1).map_or(0, |before| tokens[before].end());
        let complete = self.product().complete;
        match token.text {
            _ if begins_operand(token) => self.operand(token),
            ")" | "]" | "}" if self.products.len() > 1 => {
                self.end_product(end, false);
                self.products.pop();
                self.product().complete = true;
            }
            "." | "|" if complete => return 2,
            "is" if complete => {
                return if tokens.get(i + 1).is_some_and(|next| next.is("not")) { 3 } else { 2 };
            }
            "-" | "+" if !complete => {
                self.product().start.get_or_insert(token.start);
            }
            "**" if complete => {
                self.product().complete = false;
                self.product().is_filter &= self.product().in_percent;
            }
            "*" | "/" | "//" if complete => {
                self.end_percent(end);
                self.product().complete = false;
                self.product().is_filter = false;
            }
            "%" if complete && tokens.get(i + 1).is_some_and(|t| begins_operand(t) || t.is("-")) => {
                self.percent(token, end);
            }
            sign => self.end_product(end, sign == "~"),
        }
        1
    }

    fn operand(&mut self, token: &Token) {
        let product = self.product();
        product.is_text = token.kind == Kind::Text && (product.start.is_none() || product.is_text);
        product.start.get_or_insert(token.start);
        product.complete = true;
        if token.kind == Kind::Sign {
            self.products.push(Product::default());
        }
    }

    fn percent(&mut self, token: &Token, end: usize) {
        self.end_percent(end);
        let product = self.product();
        product.complete = false;
        product.in_percent = true;
        product.is_text = false;
        let start = product.start.unwrap_or(token.start);
        if std::mem::replace(&mut product.is_filter, true) {
            self.put(token.start, token.end(), "|percent(");
        } else {
            self.put(start, start, "(");
            self.put(token.start, token.end(), ")|percent(");
        }
    }

    fn end_percent(&mut self, end: usize) {
        if std::mem::take(&mut self.product().in_percent) {
            self.put(end, end, ")");
        }
    }

    fn end_product(&mut self, end: usize, tilde: bool) {
        self.end_percent(end);
        let before = std::mem::replace(self.product(), Product { after_tilde: tilde, ..Product::default() });
        if let Some(start) = before.start.filter(|_| !before.is_text && (tilde || before.after_tilde)) {
            self.put(start, start, "(");
            self.put(end, end, ")|string");
        }
    }
}
