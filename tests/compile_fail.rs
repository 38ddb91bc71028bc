//! What is no log statement, or cannot derive `Encode`, fails to compile with a message that points at the place.

#[test]
fn wrong_input_is_a_compile_error() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
