# The line editor of the chat, and the version that the program names.
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBEDIT REQUIRED IMPORTED_TARGET libedit)
target_link_libraries(tug PRIVATE PkgConfig::LIBEDIT)
target_compile_definitions(tug PRIVATE TUG_VERSION="${PROJECT_VERSION}")
