//! The head of a built page, tag by tag. Not HTML at large: a page that `cargo xtask build` made has its
//! attributes in double quotes, and nothing in its head but what is told apart here.

use crate::BundleError;

/// A tag with what belongs to it up to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    /// `<link rel="icon" href="a.svg">`.
    pub(crate) text: &'a str,
    /// `link`.
    pub(crate) name: &'a str,
}

impl<'a> Tag<'a> {
    /// The value of an attribute, as it is written.
    pub(crate) fn attribute(&self, name: &str) -> Option<&'a str> {
        // In what is quoted a name may stand, too; outside of it, after a blank.
        let mut parts = self.text.split('"');
        while let (Some(before), Some(value)) = (parts.next(), parts.next()) {
            let key = before.strip_suffix('=')?.rsplit(char::is_whitespace).next()?;
            if key == name {
                return Some(value);
            }
        }
        None
    }

    /// Whether an attribute has this value.
    pub(crate) fn is(&self, name: &str, value: &str) -> bool {
        self.attribute(name) == Some(value)
    }
}

/// The tags of a head, without the text and the comments between them.
///
/// # Errors
/// If a tag or a comment does not end.
pub(crate) fn tags(mut html: &str) -> Result<Vec<Tag<'_>>, BundleError> {
    let mut tags = Vec::new();
    while let Some(at) = html.find('<') {
        html = &html[at..];
        if let Some(comment) = html.strip_prefix("<!--") {
            html = comment.split_once("-->").ok_or_else(|| endless(html))?.1;
            continue;
        }
        let tag = &html[..=end_of_tag(html).ok_or_else(|| endless(html))?];
        let name = tag[1..].split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let text = if matches!(name, "title" | "script" | "style" | "noscript") {
            let end = format!("</{name}>");
            &html[..html.find(&end).ok_or_else(|| endless(html))? + end.len()]
        } else {
            tag
        };
        tags.push(Tag { text, name });
        html = &html[text.len()..];
    }
    Ok(tags)
}

/// Where the first `>` is that is in no quotes.
fn end_of_tag(html: &str) -> Option<usize> {
    let mut is_quoted = false;
    html.bytes().position(|byte| {
        is_quoted ^= byte == b'"';
        byte == b'>' && !is_quoted
    })
}

fn endless(html: &str) -> BundleError {
    let begin: String = html.chars().take(40).collect();
    BundleError::page("the end of each tag of its head", format!("none for {begin:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_told_apart_and_comments_left_out() {
        let head = "\n  <!-- a <meta name=\"no\"> --><meta name=\"a\" content=\"x > y\">\
            <title>a <b> c</title>\n<script src=\"s.js\"></script><link rel=\"icon\" href=\"i\"/>";
        let tags = tags(head).unwrap();
        let names: Vec<_> = tags.iter().map(|tag| tag.name).collect();
        assert_eq!(names, ["meta", "title", "script", "link"]);
        assert_eq!(tags[0].attribute("content"), Some("x > y"));
        assert_eq!(tags[1].text, "<title>a <b> c</title>");
        assert_eq!(tags[2].attribute("src"), Some("s.js"));
        assert!(tags[3].is("rel", "icon") && !tags[3].is("href", "icon"));
        assert_eq!(tags[3].attribute("class"), None);
    }

    #[test]
    fn an_attribute_is_no_part_of_another_ones_name_or_value() {
        let tag =
            Tag { text: "<meta data-content=\"a\" x=\"content=\" content=\"b\">", name: "meta" };
        assert_eq!(tag.attribute("content"), Some("b"));
    }

    #[test]
    fn what_does_not_end_is_refused() {
        for head in ["<meta", "<meta a=\">", "<!-- a", "<title>a", "<script></style>"] {
            assert!(tags(head).unwrap_err().to_string().contains("none for"), "{head}");
        }
    }
}
