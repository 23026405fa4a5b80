//! `lossland export`: surfaces with the page that shows them, in one HTML file.

use crate::Outcome;
use crate::page::PageArgs;
use anyhow::{Context, bail};
use lossland_bundle::Cover;
use lossland_files::write_atomically;
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `lossland export`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  lossland export --html resnet20.html resnet20.lossland
  lossland export --html pair.html --page site --title 'Shortcuts' \\
           --hash 'show=resnet56,resnet56_noshort&view=side' resnet56.lossland resnet56_noshort.lossland

The file opens in any browser, from a disk or a mail, and asks no host for anything. A surface goes by its
file's name in --hash, which takes what stands behind # in the page's address.")]
pub(crate) struct Args {
    #[command(flatten)]
    page: PageArgs,
    /// The file to write
    #[arg(long, value_name = "OUT.html")]
    html: PathBuf,
    /// What a browser calls the file, behind what it shows
    #[arg(long, default_value = "Lossland")]
    title: String,
    /// The view to open with [default: all surfaces, up to eight]
    #[arg(long, value_name = "VIEW", default_value = "", hide_default_value = true)]
    hash: String,
    /// Replace OUT.html if it is there
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let output = &args.html;
    if !args.force && output.symlink_metadata().is_ok() {
        bail!("{output:?} is there already; give another name, or --force to replace it");
    }
    let site = args.page.site()?;
    let read = |name: &str| Ok((name.to_owned(), site.read(name)?));
    let files = site.page.files().map(read).collect::<anyhow::Result<_>>()?;
    let cover = Cover { title: &args.title, view: args.hash.trim_start_matches('#') };
    let html = site.page.in_one_file(&files, &args.page.assets()?, &cover);
    let html = html.with_context(|| format!("putting together the page in {:?}", site.folder))?;
    write_atomically(output, html.as_bytes()).with_context(|| format!("writing {output:?}"))?;
    writeln!(std::io::stdout(), "{}", output.display())?;
    Ok(Outcome::Done)
}
