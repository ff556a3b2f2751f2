// The embedded model is the one in models/demo, byte by byte.
#include "files/embedded_demo.h"

#include "support/expect.h"

namespace tug {
namespace {

TEST(EmbeddedDemo, IsTheDirectory) {
  const Checkpoint embedded = value_of(open_embedded_demo());
  const Checkpoint directory = value_of(Checkpoint::open(TUG_SOURCE_DIR "/models/demo"));
  EXPECT_EQ(embedded.name(), "demo");
  EXPECT_EQ(embedded.config().dump(), directory.config().dump());
  EXPECT_EQ(embedded.generation_config().dump(), directory.generation_config().dump());
  EXPECT_EQ(value_of(embedded.chat_templates()), value_of(directory.chat_templates()));
  EXPECT_EQ(value_of(embedded.tokenizer_json()), value_of(directory.tokenizer_json()));
  ASSERT_EQ(embedded.tensors().size(), directory.tensors().size());
  ASSERT_FALSE(embedded.tensors().empty());
  for (size_t i = 0; i < embedded.tensors().size(); ++i) {
    const Tensor& tensor = embedded.tensors()[i];
    EXPECT_EQ(tensor.name, directory.tensors()[i].name);
    std::vector<std::byte> bytes(static_cast<size_t>(tensor.bytes.size));
    std::vector<std::byte> expected = bytes;
    EXPECT_OK(embedded.read(tensor.bytes, bytes));
    EXPECT_OK(directory.read(directory.tensors()[i].bytes, expected));
    EXPECT_EQ(bytes, expected) << tensor.name;
  }
}

}  // namespace
}  // namespace tug
