// Every instruction set has a table of its own, and is among those that the other tests compare. Sets that
// this machine lacks are skipped by name.
#include "kernels/kernel_tables.h"

namespace tug {
namespace {

class Tables : public testing::TestWithParam<Isa> {};

TEST_P(Tables, AreCompared) {
  if (!isa_available(GetParam())) GTEST_SKIP() << isa_name(GetParam());
  const auto tables = available_kernels();
  const auto own = std::find_if(tables.begin(), tables.end(),
                                [](const NamedKernels& one) { return one.name == isa_name(GetParam()); });
  ASSERT_NE(own, tables.end());
  for (const NamedKernels& other : tables) EXPECT_EQ(other.table == own->table, other.name == own->name);
}

INSTANTIATE_TEST_SUITE_P(Isa, Tables, testing::ValuesIn(kIsas),
                         [](const auto& test) { return std::string(isa_name(test.param)); });

}  // namespace
}  // namespace tug
