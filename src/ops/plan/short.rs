//! A commit written short: images are tagged by whole commits, and people type the first seven characters.

use super::draft::Sheet;
use super::found::{Halt, Part};
use crate::model::reference::is_ecr;

use crate::model::{Image, ImageChoice};

/// The fewest characters that stand for a commit.
const LEAST: usize = 7;
/// How many are listed where more than one begins so.
const LISTED: usize = 5;

/// A tag that nobody has stands for the one that begins with it, where it is a commit's and only one does.
pub(super) fn in_full(
    sheet: &Sheet<'_>,
    repository: &str,
    choice: ImageChoice,
    name: String,
) -> Part<(ImageChoice, String)> {
    let written = matches!(choice, ImageChoice::Tag(_)) && is_commit(&name);
    if !written || !is_ecr(repository) || !matches!(sheet.found.image(repository, &choice)?, Ok(None)) {
        return Ok((choice, name));
    }
    match fitting(sheet.found.images(repository)?, &name).as_slice() {
        [] => Ok((choice, name)),
        [only] => Ok((ImageChoice::Tag((*only).to_owned()), (*only).to_owned())),
        several => {
            let list: Vec<&str> = several.iter().copied().take(LISTED).collect();
            let more = if several.len() > LISTED { ", …" } else { "" };
            Err(Halt::refuse(
                format!(
                    "{} images have a tag that begins with {name}: {}{more}",
                    several.len(),
                    list.join(", ")
                ),
                "write more of it",
            ))
        }
    }
}

/// The tag of each image that is a commit beginning so; the longest, where an image has several.
fn fitting<'a>(images: &'a [Image], short: &str) -> Vec<&'a str> {
    let longest = |image: &'a Image| {
        let tags = image.tags.iter().map(String::as_str);
        tags.filter(|tag| tag.starts_with(short) && is_commit(tag)).max_by_key(|tag| tag.len())
    };
    images.iter().filter_map(longest).collect()
}

fn is_commit(text: &str) -> bool {
    (LEAST..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_commits_are_written_short() {
        let image = |tags: &[&str]| Image {
            digest: String::new(),
            tags: tags.iter().map(|t| (*t).to_owned()).collect(),
            pushed_at: None,
            bytes: 0,
            artifact: None,
        };
        let images = [
            image(&["8be02d4a91f7c3e65d0b2f84a7196ec3d5084fb2", "staging", "8be02d4a91f7"]),
            image(&["8be02d5000000000000000000000000000000000"]),
            image(&["8be02d4-build"]),
        ];
        assert_eq!(fitting(&images, "8be02d4"), ["8be02d4a91f7c3e65d0b2f84a7196ec3d5084fb2"]);
        assert_eq!(fitting(&images, "8be02d").len(), 2);
        for (text, want) in
            [("8be02d4", true), ("8be02d", false), ("staging", false), ("8BE02D4", false), ("v1.27.0", false)]
        {
            assert_eq!(is_commit(text), want, "{text}");
        }
    }
}
