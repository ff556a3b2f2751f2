// A program with a language model inside: one question, its answer as it comes.
#include <tugboat/model.h>

#include <iostream>

tug::Status answer(const char* path, const char* question) {
  tug::Model model = TUG_TRY(tug::Model::open(path, {}));
  tug::Session session = TUG_TRY(model.new_session(0));
  tug::Prompt prompt = TUG_TRY(model.text().chat_prompt({{"user", question}}, {}));
  const tug::GenerateOptions likeliest{.sampling = {.temperature = 0}};
  TUG_TRY(session.generate(prompt, likeliest, [](const tug::Piece& piece) {
    std::cout << piece.text << std::flush;
    return true;  // go on
  }));
  return {};
}

int main(int argc, char** argv) {
  const tug::Status status = answer(argc > 1 ? argv[1] : "demo", argc > 2 ? argv[2] : "Tell me a story.");
  if (!status.ok()) std::cerr << "\nerror: " << status.error().message();
  std::cout << std::endl;
  return status.ok() ? 0 : 1;
}
