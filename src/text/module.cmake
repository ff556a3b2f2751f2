# The Rust half: one static library, built by cargo into TUG_RUST_DIR, which all presets share.
find_program(TUG_CARGO cargo HINTS $ENV{HOME}/.cargo/bin REQUIRED)
execute_process(COMMAND ${TUG_CARGO} --version OUTPUT_VARIABLE cargo_version ERROR_QUIET)
string(REGEX MATCH "[0-9]+\\.[0-9]+" cargo_version "${cargo_version}")
if(cargo_version VERSION_LESS 1.87)
  message(FATAL_ERROR "Tugboat needs cargo 1.87 or newer; ${TUG_CARGO} is version '${cargo_version}'. "
                      "Install a newer Rust (Debian: cargo-web and rustc-web) or set TUG_CARGO to one.")
endif()

set(rust_source ${CMAKE_CURRENT_LIST_DIR}/rust)
set(rust_library ${TUG_RUST_DIR}/release/libtug_text_rust.a)
set(TUG_RUST_LIBRARY ${rust_library} PARENT_SCOPE)
file(GLOB rust_files CONFIGURE_DEPENDS ${rust_source}/src/*.rs)
add_custom_command(
  OUTPUT ${rust_library}
  COMMAND ${CMAKE_COMMAND} -E env CARGO_TARGET_DIR=${TUG_RUST_DIR}
          ${TUG_CARGO} build --release --locked --quiet --manifest-path ${rust_source}/Cargo.toml
  COMMAND ${CMAKE_COMMAND} -E touch ${rust_library}  # cargo leaves it alone when another preset has built it
  DEPENDS ${rust_files} ${rust_source}/Cargo.toml ${rust_source}/Cargo.lock
  COMMENT "Building the tokenizer and template library (cargo)"
  VERBATIM)
add_custom_target(tug_text_rust DEPENDS ${rust_library})

add_dependencies(tug_text tug_text_rust)
target_link_libraries(tug_text ${scope} ${rust_library} ${CMAKE_DL_LIBS} m)
target_link_options(tug_text INTERFACE -Wl,--exclude-libs,libtug_text_rust.a)  # its symbols stay inside our binaries
