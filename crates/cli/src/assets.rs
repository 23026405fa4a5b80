//! `lossland assets build`: everything that ships, from the images to the catalogue, as one recipe
//! file says.
//!
//! Each step is a command that anyone can give, with the same arguments, so it resumes as that one
//! does, and what ships is what its provenance says.

use crate::files::{Format, SurfacePath};
use crate::{Cli, Command, Outcome, catalog, surface, train, weights};
use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use lossland_compute::Network;
use lossland_files::read_if_present;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Arguments of `lossland assets`.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: AssetsCommand,
}

#[derive(Subcommand)]
enum AssetsCommand {
    /// Train all networks of a recipe and compute their surfaces
    Build(BuildArgs),
}

/// Arguments of `lossland assets build`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  lossland assets build --data cifar-10-batches-bin --out assets
  lossland assets build --data cifar-10-batches-bin --out assets --only resnet20 --threads 1
  lossland assets build --data cifar-10-batches-bin --recipe mine.toml --out site/assets

Interrupted at any time, the same command goes on. The folder gets weights/, surfaces/ and catalog.json, each
file as soon as it is there, and runs/ with the state of training. Weights that are there without it, as those
that ship, are taken as they are if the recipe's options and these images made them.")]
struct BuildArgs {
    /// CIFAR-10, as for `lossland train`
    #[arg(long, value_name = "DIR_OR_ARCHIVE")]
    data: PathBuf,
    /// The recipe [default: that of the assets that ship with this program]
    #[arg(long, value_name = "F.toml")]
    recipe: Option<PathBuf>,
    /// The folder for all results
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Only these networks
    #[arg(long, value_name = "NETWORK")]
    only: Vec<String>,
    /// Where to compute: cpu, cuda, cuda:N or auto
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    device: String,
    /// Threads on the CPU [default: one a core]
    #[arg(long, value_name = "N")]
    threads: Option<u32>,
    /// Replace results that another recipe made
    #[arg(long)]
    force: bool,
}

/// The recipe that this program's assets were made by.
const SHIPPED: &str = include_str!("../../../assets/recipe.toml");

/// What to make.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Recipe {
    /// What the page shows first, by file name.
    default: Vec<String>,
    networks: Vec<NetworkRecipe>,
    /// Options of all surfaces.
    #[serde(default)]
    surface: Options,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct NetworkRecipe {
    name: String,
    /// Options of `lossland train`.
    train: Options,
    surfaces: Vec<SurfaceRecipe>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SurfaceRecipe {
    /// Its place in the output folder, without the ending.
    file: String,
    /// Not offered by itself in the page.
    #[serde(default)]
    aside: bool,
    /// Evaluate the network rescaled by `lossland weights --rescale-blocks`.
    rescale_blocks: Option<u32>,
    /// Options of `lossland surface`.
    #[serde(default)]
    options: Options,
}

/// Options of a command, by name.
type Options = BTreeMap<String, Value>;

#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Integer(i64),
    Float(f64),
    Text(String),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Integer(value) => value.fmt(f),
            Self::Float(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
        }
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let AssetsCommand::Build(args) = &args.command;
    let recipe = args.read_recipe()?;
    // All of it is checked before the first hour is spent.
    let steps = args.steps(&recipe)?;
    let number = steps.len();
    for (index, step) in steps.into_iter().enumerate() {
        eprintln!("step {} of {number}: {}", index + 1, step.what);
        if let Some(folder) = &step.folder {
            fs::create_dir_all(folder).with_context(|| format!("making {folder:?}"))?;
        }
        let outcome = match &step.command {
            Command::Train(args) => train::run(args),
            Command::Weights(args) => weights::run(args),
            Command::Surface(args) => surface::run(args),
            _ => bail!("a recipe trains, rounds weights and computes surfaces"),
        };
        if let Outcome::Interrupted = outcome.with_context(|| step.what.clone())? {
            return Ok(Outcome::Interrupted);
        }
        args.write_catalog(&recipe)?;
    }
    Ok(Outcome::Done)
}

/// One command of the recipe.
struct Step {
    what: String,
    /// Where its result goes.
    folder: Option<PathBuf>,
    command: Command,
}

impl Step {
    fn new(what: String, words: Vec<String>, out: &Path) -> anyhow::Result<Self> {
        let words = std::iter::once("lossland".to_owned()).chain(words);
        let parsed = Cli::try_parse_from(words);
        let command = parsed.map_err(|error| anyhow::anyhow!("recipe, {what}: {error}"))?.command;
        Ok(Self { what, folder: out.parent().map(Path::to_owned), command })
    }
}

impl BuildArgs {
    fn read_recipe(&self) -> anyhow::Result<Recipe> {
        let (text, name) = match &self.recipe {
            Some(path) => {
                let text = fs::read_to_string(path).with_context(|| format!("reading {path:?}"))?;
                (text, format!("{path:?}"))
            }
            None => (SHIPPED.to_owned(), "the recipe of the assets that ship".to_owned()),
        };
        toml::from_str(&text).with_context(|| format!("reading {name}"))
    }

    fn steps(&self, recipe: &Recipe) -> anyhow::Result<Vec<Step>> {
        let names: BTreeSet<&str> = recipe.networks.iter().map(|n| n.name.as_str()).collect();
        if let Some(unknown) = self.only.iter().find(|name| !names.contains(name.as_str())) {
            let names = names.into_iter().collect::<Vec<_>>().join(", ");
            bail!("--only: expected a network of the recipe ({names}), found {unknown:?}");
        }
        let is_wanted =
            |network: &&NetworkRecipe| self.only.is_empty() || self.only.contains(&network.name);
        let mut steps = Vec::new();
        for network in recipe.networks.iter().filter(is_wanted) {
            let name = &network.name;
            let title = Network::parse(name)?.title().to_owned();
            let trained = self.out.join("runs").join(name);
            let weights = self.out.join("weights").join(format!("{name}.safetensors"));
            let mut words = vec!["train".to_owned(), name.clone()];
            words.extend(options(&network.train));
            words.extend(self.where_and_how(&trained)?);
            let training = Step::new(format!("training {title}"), words, &trained)?;
            if !self.has_weights(network, &training, &trained, &weights)? {
                steps.push(training);
                let round = ["--network", name, "--bfloat16"].map(str::to_owned);
                let from = trained.join("weights.safetensors");
                let what = format!("rounding {title}");
                steps.push(self.weights_step(&what, &from, &round, &weights)?);
            }
            let mut rescaled = BTreeSet::new();
            for surface in &network.surfaces {
                let mut from = weights.clone();
                if let Some(factor) = surface.rescale_blocks {
                    from = self.out.join("runs").join(format!("{name}_x{factor}.safetensors"));
                    let rescale = ["--network", name, "--rescale-blocks", &factor.to_string()];
                    let rescale = rescale.map(str::to_owned);
                    if rescaled.insert(factor) {
                        let what = format!("rescaling {title}");
                        steps.push(self.weights_step(&what, &weights, &rescale, &from)?);
                    }
                }
                steps.push(self.surface_step(recipe, network, surface, &title, &from)?);
            }
        }
        Ok(steps)
    }

    /// Whether the rounded weights are there without the run that made them, as they ship. Training
    /// anew would give others, on another processor, and not replace them.
    fn has_weights(
        &self,
        network: &NetworkRecipe,
        training: &Step,
        trained: &Path,
        weights: &Path,
    ) -> anyhow::Result<bool> {
        let Command::Train(train) = &training.command else { return Ok(false) };
        if self.force || trained.exists() {
            return Ok(false);
        }
        let Some(bytes) =
            read_if_present(weights).with_context(|| format!("reading {weights:?}"))?
        else {
            let surfaces = network.surfaces.iter().map(|surface| self.surface_path(surface));
            if let Some(surface) = surfaces.into_iter().find(|path| path.exists()) {
                bail!(
                    "{surface:?} is there, the weights that it is of are not: expected {weights:?}; \
                     leave the network out with --only, or make both anew with --force"
                );
            }
            return Ok(false);
        };
        if let Some(lack) = train.lack_of(&bytes)? {
            bail!(
                "{weights:?} are not what the recipe asks for: {lack}; choose another --out, or \
                 replace them with --force"
            );
        }
        eprintln!("{}: {weights:?} are what the recipe asks for", training.what);
        Ok(true)
    }

    fn weights_step(
        &self,
        what: &str,
        from: &Path,
        edit: &[String],
        to: &Path,
    ) -> anyhow::Result<Step> {
        let mut words = vec!["weights".to_owned(), text(from)?];
        words.extend_from_slice(edit);
        words.push(format!("--out={}", text(to)?));
        if self.force {
            words.push("--force".to_owned());
        }
        Step::new(what.to_owned(), words, to)
    }

    fn surface_step(
        &self,
        recipe: &Recipe,
        network: &NetworkRecipe,
        surface: &SurfaceRecipe,
        title: &str,
        weights: &Path,
    ) -> anyhow::Result<Step> {
        let out = self.surface_path(surface);
        let mut words = vec!["surface".to_owned(), network.name.clone()];
        words.push(format!("--weights={}", text(weights)?));
        let common = recipe.surface.iter().filter(|(name, _)| !surface.options.contains_key(*name));
        words.extend(common.chain(&surface.options).map(option));
        words.extend(self.where_and_how(&out)?);
        Step::new(format!("surface {} of {title}", surface.file), words, &out)
    }

    fn surface_path(&self, surface: &SurfaceRecipe) -> PathBuf {
        self.out.join(format!("{}.lossland", surface.file))
    }

    /// The options that the recipe has no say in.
    fn where_and_how(&self, out: &Path) -> anyhow::Result<Vec<String>> {
        let mut words = vec![
            format!("--data={}", text(&self.data)?),
            format!("--out={}", text(out)?),
            format!("--device={}", self.device),
        ];
        words.extend(self.threads.map(|threads| format!("--threads={threads}")));
        words.extend(self.force.then(|| "--force".to_owned()));
        Ok(words)
    }

    /// Lists the surfaces that are there, in the order of the recipe, those aside last: colours on the
    /// page go by places in the list.
    fn write_catalog(&self, recipe: &Recipe) -> anyhow::Result<()> {
        let surfaces = recipe.networks.iter().flat_map(|network| &network.surfaces);
        let mut surfaces: Vec<&SurfaceRecipe> = surfaces.collect();
        surfaces.sort_by_key(|surface| surface.aside);
        let mut files = Vec::new();
        let mut aside = Vec::new();
        for surface in surfaces {
            let path = self.surface_path(surface);
            if !path.is_file() {
                continue;
            }
            if surface.aside {
                aside.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
            }
            files.push(SurfacePath { path, format: Format::Lossland });
        }
        if files.is_empty() {
            return Ok(());
        }
        let is_there = |name: &&String| {
            files.iter().any(|file| file.path.file_stem().is_some_and(|stem| stem == name.as_str()))
        };
        let default: Vec<String> = recipe.default.iter().filter(is_there).cloned().collect();
        catalog::build(&files, &default, &aside, &self.out.join("catalog.json"))?;
        Ok(())
    }
}

fn options(options: &Options) -> impl Iterator<Item = String> {
    options.iter().map(option)
}

fn option((name, value): (&String, &Value)) -> String {
    format!("--{name}={value}")
}

fn text(path: &Path) -> anyhow::Result<String> {
    let text = path.to_str().map(str::to_owned);
    text.with_context(|| format!("expected a path in Unicode, found {path:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recipe_that_ships_can_be_built() {
        let words = ["lossland", "assets", "build", "--data", "DIR", "--out", "OUT"];
        let Command::Assets(args) = Cli::try_parse_from(words).unwrap().command else {
            panic!("another command");
        };
        let AssetsCommand::Build(args) = args.command;
        let recipe = args.read_recipe().unwrap();
        let steps = args.steps(&recipe).unwrap();
        let trained = steps.iter().filter(|step| matches!(step.command, Command::Train(_)));
        assert_eq!(trained.count(), recipe.networks.len());
        let files = recipe.networks.iter().flat_map(|network| &network.surfaces);
        let mut files: Vec<&str> = files.map(|surface| surface.file.as_str()).collect();
        let number = files.len();
        files.sort_unstable();
        files.dedup();
        assert_eq!(files.len(), number, "each file is made once");
        for name in &recipe.default {
            assert!(files.contains(&&*format!("surfaces/{name}")), "{name}");
        }
    }
}
