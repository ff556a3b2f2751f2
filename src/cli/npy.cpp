#include "cli/npy.h"

#include "base/check.h"

namespace tug {

// magic "\x93NUMPY", version 1.0, u16 length of the header, the header; together a multiple of 64 bytes.
// Source: numpy.lib.format.
constexpr size_t kPrefix = 10;

Result<NpyWriter> NpyWriter::create(const std::string& path) {
  return NpyWriter(TUG_TRY(NewFile::create(path)));
}

Status NpyWriter::begin(int64_t rows, int64_t columns) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " +
                       std::to_string(columns) + "), }";
  while ((kPrefix + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  const std::string prefix = {'\x93',
                              'N',
                              'U',
                              'M',
                              'P',
                              'Y',
                              1,
                              0,
                              static_cast<char>(header.size() & 0xff),
                              static_cast<char>(header.size() >> 8)};
  rows_left_ = rows, columns_ = columns;
  return file_.write(prefix + header);
}

Status NpyWriter::write_row(std::span<const float> row) {
  TUG_CHECK(rows_left_ > 0 && static_cast<int64_t>(row.size()) == columns_);
  --rows_left_;
  return file_.write(std::as_bytes(row));
}

Status NpyWriter::commit() {
  TUG_CHECK(rows_left_ == 0);
  return file_.commit();
}

}  // namespace tug
