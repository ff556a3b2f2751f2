# The demo model becomes a part of the program (embedded_demo.cpp) and of its dependencies.
set(demo ${CMAKE_SOURCE_DIR}/models/demo)
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/files/embedded_demo.cpp PROPERTIES
  COMPILE_DEFINITIONS TUG_DEMO_DIR="${demo}"
  OBJECT_DEPENDS
  "${demo}/config.json;${demo}/generation_config.json;${demo}/model.safetensors;${demo}/tokenizer.json;${demo}/tokenizer_config.json")
