//! What is done to a template's source before it is compiled.

/// As Jinja2 reads a source: all line ends are line feeds.
pub fn with_line_feeds(source: &str) -> String {
    source.replace("\r\n", "\n").replace('\r', "\n")
}

/// Hugging Face's `{% generation %}` marks the assistant's words for training; for rendering it does nothing,
/// like `{% if true %}`.
pub fn without_generation_tags(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(start) = rest.find("{%") {
        let (before, tag) = rest.split_at(start + 2);
        out.push_str(before);
        let name = tag.trim_start_matches(['-', '+']).trim_start();
        let skipped = tag.len() - name.len();
        let replaced =
            [("generation", "if true"), ("endgeneration", "endif")].into_iter().find(|(word, _)| {
                name.strip_prefix(word).is_some_and(|after| {
                    after.trim_start_matches(['-', '+', ' ', '\n', '\t']).starts_with("%}")
                })
            });
        rest = match replaced {
            Some((word, instead)) => {
                out.push_str(&tag[..skipped]);
                out.push_str(instead);
                &tag[skipped + word.len()..]
            }
            None => tag,
        };
    }
    out.push_str(rest);
    out
}
