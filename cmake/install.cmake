# What is installed: the program, the public headers, and one library libtugboat.a for CMake (tugboat::tugboat)
# and pkg-config (docs/adr/0011-one-archive.md).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(archive ${CMAKE_BINARY_DIR}/libtugboat.a)
set(parts)
foreach(module IN LISTS TUG_MODULES)
  get_target_property(type tug_${module} TYPE)
  if(type STREQUAL "STATIC_LIBRARY")
    list(APPEND parts $<TARGET_FILE:tug_${module}>)
  endif()
endforeach()
add_custom_command(
  OUTPUT ${archive}
  COMMAND ${CMAKE_COMMAND} -DAR=${CMAKE_AR} -DLINKER=${CMAKE_LINKER} -DOBJCOPY=${CMAKE_OBJCOPY}
          -DARCHIVE=${archive} -DRUST=${TUG_RUST_LIBRARY} "-DPARTS=${parts}"
          -P ${CMAKE_SOURCE_DIR}/cmake/merge_archives.cmake
  DEPENDS ${parts} ${TUG_RUST_LIBRARY} ${CMAKE_SOURCE_DIR}/cmake/merge_archives.cmake
  COMMENT "Merging the modules into libtugboat.a"
  VERBATIM)
add_custom_target(tugboat_archive ALL DEPENDS ${archive})

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/tugboat)
configure_package_config_file(cmake/tugboatConfig.cmake.in tugboatConfig.cmake INSTALL_DESTINATION ${package}
                              PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(tugboatConfigVersion.cmake COMPATIBILITY SameMinorVersion)
# How pkg-config finds the prefix from where tugboat.pc lies: it may be moved.
file(RELATIVE_PATH TUG_PREFIX_FROM_PC /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(cmake/tugboat.pc.in tugboat.pc @ONLY)

install(TARGETS tug RUNTIME)
install(DIRECTORY include/tugboat TYPE INCLUDE)
install(FILES ${archive} TYPE LIB)
install(FILES ${CMAKE_BINARY_DIR}/tugboatConfig.cmake ${CMAKE_BINARY_DIR}/tugboatConfigVersion.cmake DESTINATION ${package})
install(FILES ${CMAKE_BINARY_DIR}/tugboat.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES LICENSE NOTICE TYPE DOC)
