# Run by ctest: cmake -DDOCUMENT=... -DPROGRAM=... -DBUILD=... -P document_holds_files.cmake
#
# Fails unless the document shows the program, and the last lines of its CMakeLists.txt, as they are.
file(READ ${DOCUMENT} document)
file(READ ${PROGRAM} program)
file(READ ${BUILD} build)
string(FIND "${build}" "find_package(" at)
string(SUBSTRING "${build}" ${at} -1 build)
string(FIND "${document}" "```cpp\n${program}```\n" program_at)
string(FIND "${document}" "```cmake\n${build}```\n" build_at)
if(program_at LESS 0)
  message(FATAL_ERROR "${DOCUMENT} does not show ${PROGRAM} as it is, in a cpp block")
endif()
if(at LESS 0 OR build_at LESS 0)
  message(FATAL_ERROR "${DOCUMENT} does not show ${BUILD} from find_package() on, in a cmake block")
endif()
