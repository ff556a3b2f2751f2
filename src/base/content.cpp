#include "tugboat/types.h"

namespace tug {

std::string Content::text() const {
  std::string text;
  for (size_t i = 0; i < parts_.size(); ++i) text += (i > 0 ? "\n" : "") + parts_[i].text;
  return text;
}

}  // namespace tug
