#include "model/shape.h"

#include <stdexcept>

namespace ternsim::model {

std::int64_t element_bytes(ElementType type) {
  switch (type) {
    case ElementType::F32:
      return 4;
    case ElementType::F16:
    case ElementType::BF16:
      return 2;
  }
  throw std::invalid_argument("element_bytes: no such element type");
}

}  // namespace ternsim::model
