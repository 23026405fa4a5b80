//! The surface: a grid, its fields, and where they come from.

use crate::{Field, FieldKind, Grid, Provenance, SurfaceError};

/// Values over a grid in a plane of weight space. Its parts are checked against each other when
/// it is made, so that whoever holds one can trust it.
#[derive(Clone, Debug, PartialEq)]
pub struct Surface {
    id: String,
    title: String,
    grid: Grid,
    fields: Vec<Field>,
    trajectories: Vec<Trajectory>,
    provenance: Provenance,
}

/// The longest id or title, in bytes.
const MAX_TEXT_LEN: usize = 1024;

impl Surface {
    /// A surface with `fields` over `grid`. `id` names it to programs (for example
    /// `resnet20_noshort`), `title` to people ("ResNet-20 without shortcuts").
    ///
    /// # Errors
    /// If there is no field, two have one name, one has not a value for each grid point, or a
    /// text is empty, longer than 1024 bytes or has control characters.
    pub fn new(
        id: impl Into<String>,
        title: impl Into<String>,
        grid: Grid,
        fields: Vec<Field>,
    ) -> Result<Self, SurfaceError> {
        let (id, title) = (id.into(), title.into());
        check_text("id", &id)?;
        check_text("title", &title)?;
        if fields.is_empty() {
            return Err(SurfaceError::Invalid("expected at least one field, found none".into()));
        }
        for field in &fields {
            if field.values().len() as u64 != grid.n_points() {
                return Err(SurfaceError::Invalid(format!(
                    "field {}: expected {} values ({} x {}), found {}",
                    field.kind().name(),
                    grid.n_points(),
                    grid.x.len(),
                    grid.y.len(),
                    field.values().len()
                )));
            }
        }
        check_each_field_once(fields.iter().map(Field::kind))?;
        Ok(Self {
            id,
            title,
            grid,
            fields,
            trajectories: Vec::new(),
            provenance: Provenance::default(),
        })
    }

    /// The same with this id.
    ///
    /// # Errors
    /// If it is no text as [`Surface::new`] wants it.
    pub fn with_id(mut self, id: impl Into<String>) -> Result<Self, SurfaceError> {
        self.id = id.into();
        check_text("id", &self.id)?;
        Ok(self)
    }

    /// The same with this title.
    ///
    /// # Errors
    /// If it is no text as [`Surface::new`] wants it.
    pub fn with_title(mut self, title: impl Into<String>) -> Result<Self, SurfaceError> {
        self.title = title.into();
        check_text("title", &self.title)?;
        Ok(self)
    }

    /// The same with this provenance.
    #[must_use]
    pub fn with_provenance(mut self, provenance: Provenance) -> Self {
        self.provenance = provenance;
        self
    }

    /// The same with these trajectories.
    #[must_use]
    pub fn with_trajectories(mut self, trajectories: Vec<Trajectory>) -> Self {
        self.trajectories = trajectories;
        self
    }

    /// The name for programs.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name for people.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The grid of all fields.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The fields, at least one, each of another kind.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The field of this kind, if there is one.
    pub fn field(&self, kind: &FieldKind) -> Option<&Field> {
        self.fields.iter().find(|field| field.kind() == kind)
    }

    /// What to show when nothing else was asked for: the training loss, else the test loss, else
    /// the first that is some loss, else the first field.
    pub fn main_field(&self) -> &Field {
        self.field(&FieldKind::TrainLoss)
            .or_else(|| self.field(&FieldKind::TestLoss))
            .or_else(|| self.fields.iter().find(|field| field.kind().is_loss()))
            .unwrap_or(&self.fields[0])
    }

    /// Paths of training in the plane.
    pub fn trajectories(&self) -> &[Trajectory] {
        &self.trajectories
    }

    /// Where the values come from.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }
}

pub(crate) fn check_each_field_once<'a>(
    kinds: impl Iterator<Item = &'a FieldKind>,
) -> Result<(), SurfaceError> {
    match repeated(kinds.map(FieldKind::name)) {
        Some(name) => {
            Err(SurfaceError::Invalid(format!("expected each field once, found {name} twice")))
        }
        None => Ok(()),
    }
}

/// A name that is there more than once.
pub(crate) fn repeated<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

fn check_text(what: &str, text: &str) -> Result<(), SurfaceError> {
    if text.is_empty() || text.len() > MAX_TEXT_LEN || text.chars().any(char::is_control) {
        return Err(SurfaceError::Invalid(format!(
            "{what}: expected 1 to {MAX_TEXT_LEN} bytes without control characters, found {} bytes: {:?}",
            text.len(),
            text.chars().take(40).collect::<String>()
        )));
    }
    Ok(())
}

/// A path through weight space, projected onto the plane: one entry a checkpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    name: String,
    alpha: Vec<f64>,
    beta: Vec<f64>,
}

impl Trajectory {
    /// The path through these points of the plane, first to last.
    ///
    /// # Errors
    /// If the two lists differ in length or hold a value that is not finite, or the name is no
    /// text as [`Surface::new`] wants it.
    pub fn new(
        name: impl Into<String>,
        alpha: Vec<f64>,
        beta: Vec<f64>,
    ) -> Result<Self, SurfaceError> {
        let name = name.into();
        check_text("trajectory name", &name)?;
        if alpha.len() != beta.len() {
            return Err(SurfaceError::Invalid(format!(
                "trajectory {name:?}: expected as many betas as alphas ({}), found {}",
                alpha.len(),
                beta.len()
            )));
        }
        if let Some(value) = alpha.iter().chain(&beta).find(|value| !value.is_finite()) {
            return Err(SurfaceError::Invalid(format!(
                "trajectory {name:?}: expected finite coordinates, found {value}"
            )));
        }
        Ok(Self { name, alpha, beta })
    }

    /// What the path is, for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Alpha at each checkpoint.
    pub fn alpha(&self) -> &[f64] {
        &self.alpha
    }

    /// Beta at each checkpoint.
    pub fn beta(&self) -> &[f64] {
        &self.beta
    }
}
