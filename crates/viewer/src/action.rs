//! All that can happen to the page's state; [`crate::state::reduce`] says what it does.

use crate::{
    ball::Ball,
    camera::{Preset, Viewport},
    color::ColorMap,
    permalink::Permalink,
    sheet::Sheet,
    state::Entry,
    style::{Cut, Layout, Light, Look, Tint},
};
use lossland_surface::FieldKind;
use std::rc::Rc;

/// All that can happen.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "one at a time is made, applied and gone")]
pub enum Action {
    /// The catalogue is there; the first entries of it are shown unless the address says more.
    CatalogLoaded(Vec<Entry>),
    /// The catalogue can't be had.
    CatalogFailed(String),
    /// Surfaces from files of the visitor's own are there: show them, and nothing else.
    Opened(Vec<Rc<Sheet>>),
    /// Say something on the page that is not about what is shown.
    Tell(String),
    /// A surface's file was asked for, or more of it came.
    Progress(usize, u64),
    /// A surface is there.
    Loaded(usize, Rc<Sheet>),
    /// A surface is there, from its first part; the whole file holds these fields.
    LoadedFirst(usize, Rc<Sheet>, Vec<FieldKind>),
    /// A surface can't be had.
    LoadFailed(usize, String),
    /// Ask again for a whole file that could not be had.
    RetryWhole(usize),
    /// Go on without it.
    DoWithoutWhole(usize),
    /// The whole file was asked for.
    LoadingWhole(usize),
    /// The whole file is there.
    LoadedWhole(usize, Rc<Sheet>),
    /// The whole file can't be had, and why.
    WholeFailed(usize, String),
    /// Show a surface, or hide it.
    Show(usize, bool),
    /// Show this surface and no other.
    ShowOnly(usize),
    /// Show another plane of the same network in place of this one.
    ShowPlane(usize, usize),
    /// Ask for a surface again that could not be had.
    Retry(usize),
    /// Tell where a surface comes from, or no more.
    TellOrigin(usize, bool),
    /// Give one surface another look.
    SetLook(usize, Look),
    /// There is something to draw in space with, or there is not.
    HasScene(bool),
    /// The canvas changed, or what covers it.
    Resize(Viewport),
    /// Turn by radians: around the vertical, and up.
    Orbit(f32, f32),
    /// Multiply the distance.
    Zoom(f32),
    /// Multiply the distance, what is at this place of the canvas staying there.
    ZoomAt(f32, [f32; 2]),
    /// Move the scene by CSS pixels.
    Pan(f32, f32),
    /// Turn to a view that has a name.
    Turn(Preset),
    /// Move what is at this place of the canvas to its middle.
    Centre([f32; 2]),
    /// Back to the first view.
    ResetView,
    /// Cut elsewhere.
    SetCut(Cut),
    /// Linear or logarithmic heights.
    SetLog(bool),
    /// Surface or wireframe.
    SetWireframe(bool),
    /// The other of both.
    ToggleWireframe,
    /// Contour lines or none.
    SetContours(bool),
    /// Contour lines on the floor or none.
    SetFloorMap(bool),
    /// What lies within the noise hatched or not.
    SetNoise(bool),
    /// Minima marked or not.
    SetMinima(bool),
    /// A contour plot or the surface.
    SetFlat(bool),
    /// Another colour map.
    SetMap(ColorMap),
    /// Another meaning of colour.
    SetTint(Tint),
    /// Several surfaces shown otherwise.
    SetLayout(Layout),
    /// A scale for each, or one for all.
    SetOwnScales(bool),
    /// The difference the other way round.
    Swap,
    /// Another field as height; `None` is the main one.
    SetHeightField(Option<FieldKind>),
    /// Another field as colour; `None` is the height.
    SetColorField(Option<FieldKind>),
    /// Another light.
    SetLight(Light),
    /// Fold the panel, or unfold it.
    TogglePanel,
    /// Open the table of measures, or close it.
    ToggleMeasures,
    /// Take the remark on the address away.
    DismissNote,
    /// The pointer is there, or gone.
    PointAt(Option<[f32; 2]>),
    /// A place of the plane is pointed at, or none.
    PointAtPlane(Option<[f64; 2]>),
    /// Move what is pointed at by this many grid steps along alpha and beta.
    MovePointer(i32, i32),
    /// A click or a tap: what the tool does.
    Click([f32; 2]),
    /// What the tool does, at what is pointed at.
    UseTool,
    /// Pin what is pointed at; without that, take the pin away.
    TogglePin,
    /// Let the next two clicks set a cross-section, or let them not.
    ToggleSectionTool,
    /// Another cross-section, or none.
    SetSection(Option<[[f64; 2]; 2]>),
    /// Let the next click let a ball go, or let it not.
    ToggleBallTool,
    /// Another ball, or none.
    SetBall(Option<Ball>),
    /// The address says how the page is to look.
    Restore(Permalink),
    /// The tour does.
    Visit(Permalink),
    /// No more of the tour; what is shown stays.
    EndTour,
}

impl Action {
    /// Whether it does nothing but move the camera.
    pub fn is_camera_move(&self) -> bool {
        matches!(
            self,
            Self::Orbit(..) | Self::Zoom(_) | Self::ZoomAt(..) | Self::Pan(..) | Self::Centre(_)
        )
    }

    /// Whether one may want to go back to what was before it: what is chosen, not what is moved.
    pub fn is_step(&self) -> bool {
        matches!(
            self,
            Self::Show(..)
                | Self::ShowOnly(_)
                | Self::ShowPlane(..)
                | Self::Turn(_)
                | Self::ResetView
                | Self::SetFlat(_)
                | Self::SetLayout(_)
                | Self::SetHeightField(_)
                | Self::SetColorField(_)
                | Self::SetLog(_)
                | Self::SetSection(_)
                | Self::ToggleMeasures
                | Self::Visit(_)
                | Self::EndTour
        )
    }
}
