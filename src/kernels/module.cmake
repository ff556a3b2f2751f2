# One folder per instruction set; flags only here. No -march=native: the choice is made at run time.
function(flags_of_kernels folder)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/kernels/${folder}/*.cpp)
  set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS "${ARGN}")
endfunction()
flags_of_kernels(formats -O3)  # packing is short loops, twice as fast unrolled
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  flags_of_kernels(avx2 -mavx2 -mfma -mf16c)
  # Tables that are made at first use; their guard would bring a weak symbol of exception handling.
  flags_of_kernels(avxvnni -mavx2 -mfma -mf16c -mavxvnni -fno-exceptions)
  # g++ 12 takes its own _mm512_undefined_epi32() for a mistake (GCC bug 105593).
  flags_of_kernels(avx512 -mavx2 -mfma -mf16c -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni
                          -Wno-uninitialized -Wno-maybe-uninitialized)
  flags_of_kernels(amx -mavx2 -mfma -mf16c -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -mamx-tile
                       -mamx-int8 -fno-exceptions -Wno-uninitialized -Wno-maybe-uninitialized)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  flags_of_kernels(neon -march=armv8.2-a+dotprod)
endif()
