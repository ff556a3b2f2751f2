// What control groups and the machine leave, from trees of both versions; pages that are given back.
#include "platform/memory.h"

#include <gtest/gtest.h>

#include "support/system_tree.h"

namespace tug {
namespace {

constexpr int64_t kMega = 1 << 20;

TEST(Headroom, TheMachinesWithoutGroups) {
  SystemTree tree;
  EXPECT_EQ(memory_headroom(tree.root()), INT64_MAX) << "nothing is known";
  tree.available(300 * kMega);
  EXPECT_EQ(memory_headroom(tree.root()), 300 * kMega);
}

TEST(Headroom, VersionTwoTakesTheTightestOfAllAbove) {
  SystemTree tree;
  tree.available(1000 * kMega);
  tree.write("proc/self/cgroup", "0::/outer/inner\n");
  tree.write("sys/fs/cgroup/outer/inner/memory.max", "max\n");
  tree.write("sys/fs/cgroup/outer/inner/memory.current", 50 * kMega);
  EXPECT_EQ(memory_headroom(tree.root()), 1000 * kMega);
  tree.write("sys/fs/cgroup/outer/memory.max", 200 * kMega);
  tree.write("sys/fs/cgroup/outer/memory.current", 150 * kMega);
  EXPECT_EQ(memory_headroom(tree.root()), 50 * kMega);
  tree.write("sys/fs/cgroup/outer/memory.stat", "anon 5\ninactive_file " + std::to_string(20 * kMega) + "\n");
  EXPECT_EQ(memory_headroom(tree.root()), 70 * kMega) << "page cache can go";
  tree.write("sys/fs/cgroup/outer/inner/memory.high", 40 * kMega);
  EXPECT_EQ(memory_headroom(tree.root()), -10 * kMega) << "a limit below what is used";
}

TEST(Headroom, VersionOne) {
  SystemTree tree;
  tree.available(1000 * kMega);
  tree.write("proc/self/cgroup", "5:cpu:/x\n4:cpuset,memory:/job\n0::/\n");
  tree.write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", 100 * kMega);
  tree.write("sys/fs/cgroup/memory/job/memory.usage_in_bytes", 90 * kMega);
  tree.write("sys/fs/cgroup/memory/job/memory.stat",
             "total_inactive_file " + std::to_string(30 * kMega) + "\n");
  EXPECT_EQ(memory_headroom(tree.root()), 40 * kMega);
}

TEST(Pressure, OfTheGroupOrTheMachine) {
  SystemTree tree;
  EXPECT_EQ(memory_pressure(tree.root()), 0);
  tree.write("proc/pressure/memory", "some avg10=50.00 avg60=0 total=0\nfull avg10=12.50 avg60=0 total=0\n");
  EXPECT_DOUBLE_EQ(memory_pressure(tree.root()), 0.125);
  tree.write("proc/self/cgroup", "0::/job\n");
  tree.write("sys/fs/cgroup/job/memory.pressure", "some avg10=1.00\nfull avg10=0.50\n");
  EXPECT_DOUBLE_EQ(memory_pressure(tree.root()), 0.005);
}

TEST(Memory, ReleasedPagesAreZerosAgain) {
  auto arena = Arena::allocate(8 * kMega);
  ASSERT_TRUE(arena.ok());
  std::byte* data = arena.value().data();
  std::fill_n(data, 8 * kMega, std::byte{7});
  release_pages(data + 1000, 4 * kMega);
  EXPECT_EQ(data[999], std::byte{7});
  EXPECT_EQ(data[2 * kMega], std::byte{0});
  EXPECT_EQ(data[1000 + 4 * kMega], std::byte{7});
  release_pages(data, 100);  // no whole page
  EXPECT_EQ(data[0], std::byte{7});
}

}  // namespace
}  // namespace tug
