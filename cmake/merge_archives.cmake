# cmake -DAR= -DLINKER= -DOBJCOPY= -DARCHIVE= -DRUST= -DPARTS= -P merge_archives.cmake
# PARTS and the Rust library become ARCHIVE. Of the Rust objects only our own functions stay visible: a program
# may hold a Rust library of its own, with another standard library.
set(rust ${ARCHIVE}.rust.o)
set(script ${ARCHIVE}.mri)
execute_process(COMMAND ${LINKER} -r --whole-archive ${RUST} -o ${rust} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${OBJCOPY} --wildcard "--keep-global-symbol=tug_*"
                        --remove-section=.llvmbc --remove-section=.llvmcmd  # other LLVMs trip over them
                        ${rust} COMMAND_ERROR_IS_FATAL ANY)

set(lines "CREATE ${ARCHIVE}\n")
foreach(part IN LISTS PARTS)
  string(APPEND lines "ADDLIB ${part}\n")
endforeach()
file(WRITE ${script} "${lines}ADDMOD ${rust}\nSAVE\nEND\n")
file(REMOVE ${ARCHIVE})
execute_process(COMMAND ${AR} -M INPUT_FILE ${script} COMMAND_ERROR_IS_FATAL ANY)
file(REMOVE ${rust} ${script})
