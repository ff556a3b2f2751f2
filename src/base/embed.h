// Files as parts of the program: the assembler includes them. A module.cmake says where they lie and when to
// rebuild.
#pragma once

#define TUG_EMBED_LABEL(label) ".globl " label "\n.hidden " label "\n" label ":\n"

/// Defines arrays symbol_begin and symbol_end of a type of one byte, around the bytes of a file.
#define TUG_EMBED(Byte, symbol, path)                                                            \
  asm(".section .rodata, \"a\"\n.balign 64\n" TUG_EMBED_LABEL(                                   \
      #symbol "_begin") ".incbin \"" path "\"\n" TUG_EMBED_LABEL(#symbol "_end") ".previous\n"); \
  extern "C" __attribute__((visibility("hidden"))) const Byte symbol##_begin[];                  \
  extern "C" __attribute__((visibility("hidden"))) const Byte symbol##_end[];
