/// What trit_decoder_byte must be, said by the encoding instead of the decoding: two properties
/// that together fix every output for every byte.
///
/// holds_legal: the byte of any five codes decodes to those codes and is not illegal.
/// holds_byte:  a byte that is not illegal decodes to codes below 3 whose byte is that byte; one that
///              is illegal gives five codes 3.
///
/// So illegal_o is low for exactly the bytes of the 243 combinations: low for each by the first,
/// and a byte for which it is low is the byte of some combination by the second.
module trit_decoder_spec (
  input  logic [9:0] codes_i,
  input  logic [7:0] byte_i,
  output logic       holds_legal,
  output logic       holds_byte
);

  // The packing's definition in numbers: P and Q are base-3 numbers of two codes each.
  function automatic logic [7:0] encode(input logic [9:0] codes);
    logic [3:0] p, q;
    logic [7:0] s;
    p = 4'd3 * 4'(codes[1:0]) + 4'(codes[3:2]);
    q = 4'd3 * 4'(codes[5:4]) + 4'(codes[7:6]);
    s = 8'(codes[9:8]);
    if (p < 4'd8 && q < 4'd8) encode = 8'd64 * s + 8'd8 * 8'(p) + 8'(q);
    else if (q < 4'd8) encode = 8'd192 + 8'd16 * s + 8'(q);
    else if (p < 4'd8) encode = 8'd192 + 8'd16 * s + 8'd8 + 8'(p);
    else encode = 8'd240 + s;
  endfunction

  function automatic logic legal(input logic [9:0] codes);
    legal = codes[1:0] != 2'd3 && codes[3:2] != 2'd3 && codes[5:4] != 2'd3 && codes[7:6] != 2'd3 &&
            codes[9:8] != 2'd3;
  endfunction

  logic [9:0] codes_back, codes_of_byte;
  logic       illegal_back, illegal_byte;

  trit_decoder_byte u_back (
    .byte_i   (encode(codes_i)),
    .codes_o  (codes_back),
    .illegal_o(illegal_back)
  );
  trit_decoder_byte u_byte (
    .byte_i,
    .codes_o  (codes_of_byte),
    .illegal_o(illegal_byte)
  );

  assign holds_legal = !legal(codes_i) || (codes_back == codes_i && !illegal_back);
  assign holds_byte  = illegal_byte ? codes_of_byte == '1 :
                       legal(codes_of_byte) && encode(codes_of_byte) == byte_i;

endmodule
