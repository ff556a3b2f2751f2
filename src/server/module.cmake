# HTTP is Boost.Asio's and Boost.Beast's, both headers only (libboost1.81-dev).
find_package(Boost 1.81 REQUIRED)
target_link_libraries(tug_server PRIVATE Boost::headers)
target_compile_definitions(tug_server PRIVATE BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
                                              BOOST_ASIO_NO_DEPRECATED)
# Only Boost's own code: GCC 12 takes an empty boost::optional for an uninitialised one under the sanitizers.
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/server/http/boost.cpp PROPERTIES COMPILE_OPTIONS -Wno-maybe-uninitialized)
# Its fences are not modelled by the thread sanitizer, which GCC warns about; locks order all that is ours.
if(TUG_SANITIZE STREQUAL "thread")
  target_compile_options(tug_server PUBLIC $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
endif()

# The page becomes a part of the program (page/page.cpp), as it is and packed.
set(page ${CMAKE_SOURCE_DIR}/src/server/page/index.html)
set(packed ${CMAKE_BINARY_DIR}/page/index.html.gz)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/page)
add_custom_command(OUTPUT ${packed} COMMAND gzip -9nc ${page} > ${packed} DEPENDS ${page} VERBATIM)
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/server/page/page.cpp PROPERTIES
  COMPILE_DEFINITIONS "TUG_PAGE=\"${page}\";TUG_PAGE_PACKED=\"${packed}\"" OBJECT_DEPENDS "${page};${packed}")
