//! How samples become files in the folder of a job: written aside under names of their own, checked by
//! reading them back, brought to the disk, and only then given their names.

pub mod aside;
pub mod behind;
pub mod check;
pub mod deliver;
pub mod folder;
pub mod imprint;
pub mod md5_list;
pub mod output;
pub mod stem_files;
