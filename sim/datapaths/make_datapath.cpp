#include <stdexcept>

#include "sim/datapaths/bodies.h"

namespace ternsim::sim {

std::unique_ptr<Datapath> make_datapath(const MatrixUnitConfig& config) {
  switch (config.datapath) {
    case DatapathKind::AdderTree:
      return make_adder_tree(config);
    case DatapathKind::ZeroSkip:
      return make_zero_skip(config);
    case DatapathKind::Lut:
      return make_lut(config);
    case DatapathKind::BitSerial:
      return make_bit_serial(config);
    case DatapathKind::Int8Mac:
      return make_int8_mac(config);
    case DatapathKind::Fp16Mac:
      return make_fp16_mac(config);
    case DatapathKind::W4A16Mac:
      return make_w4a16_mac(config);
  }
  throw std::logic_error("no such datapath");
}

}  // namespace ternsim::sim
