# kernels_aarch64 and tensor_aarch64: the modules below the kernels, built for 64-bit ARM by the preset of that name
# (build/aarch64) and run in qemu, which has every extension. Skipped without the cross compiler or qemu.
find_program(TUG_AARCH64_GXX aarch64-linux-gnu-g++)
find_program(TUG_QEMU_AARCH64 qemu-aarch64)
set(modules tensor kernels)
list(TRANSFORM modules APPEND _aarch64 OUTPUT_VARIABLE tests)
if(NOT TUG_AARCH64_GXX OR NOT TUG_QEMU_AARCH64)
  foreach(test IN LISTS tests)
    add_test(NAME ${test} COMMAND ${CMAKE_COMMAND} -E echo
             "Skipped: needs aarch64-linux-gnu-g++ and qemu-aarch64, which tools/setup.sh installs.")
  endforeach()
  set_tests_properties(${tests} PROPERTIES SKIP_REGULAR_EXPRESSION "^Skipped:")
  return()
endif()

set(build ${CMAKE_SOURCE_DIR}/build/aarch64)
list(TRANSFORM modules APPEND _test OUTPUT_VARIABLE programs)
add_custom_command(
  OUTPUT ${build}/build.ninja
  COMMAND ${CMAKE_COMMAND} --preset aarch64 -DTUG_WERROR=${TUG_WERROR} > ${CMAKE_BINARY_DIR}/aarch64.log
  DEPENDS ${CMAKE_SOURCE_DIR}/CMakePresets.json ${CMAKE_SOURCE_DIR}/cmake/aarch64.cmake
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
  COMMENT "Configuring build/aarch64"
  VERBATIM)
add_custom_target(aarch64_programs ALL  # that build knows best what is out of date
  COMMAND ${CMAKE_COMMAND} --build ${build} -j 1 --target ${programs} -- --quiet
  DEPENDS ${build}/build.ninja
  COMMENT "Building the kernels' tests for 64-bit ARM"
  VERBATIM)
add_dependencies(test_programs aarch64_programs)

foreach(module IN LISTS modules)
  add_test(NAME ${module}_aarch64 COMMAND ${TUG_QEMU_AARCH64} -cpu max -L /usr/aarch64-linux-gnu
                                          ${build}/tests/${module}_test)
endforeach()
set_tests_properties(kernels_aarch64 PROPERTIES FAIL_REGULAR_EXPRESSION "SKIPPED. Isa/Tables.AreCompared/neon")
