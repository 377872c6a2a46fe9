using System.Text.Json;
using ModelOps.Core.Evaluation.Metrics;
using static ModelOps.Core.Tests.Evaluation.EvaluationCases;

namespace ModelOps.Core.Tests.Evaluation;

public sealed class JsonSchemaTests
{
    // What the specification (draft 2020-12, validation and applicator vocabularies) says of each keyword.
    [Theory]
    [InlineData("""{"type":"integer"}""", "1.0", "1.5")]
    [InlineData("""{"type":["string","null"]}""", "null", "1")]
    [InlineData("""{"enum":["a",{"b":1}]}""", """{"b":1.0}""", "\"b\"")]
    [InlineData("""{"const":null}""", "null", "0")]
    [InlineData("""{"minimum":1,"exclusiveMaximum":3}""", "1", "3")]
    [InlineData("""{"minimum":1}""", "\"not a number\"", "0.5")]
    [InlineData("""{"multipleOf":0.5}""", "1.5", "1.4")]
    [InlineData("""{"minLength":2,"maxLength":2}""", "\"😀b\"", "\"a\"")]
    [InlineData("""{"pattern":"^a+$"}""", "\"aaa\"", "\"ab\"")]
    [InlineData("""{"minItems":1,"maxItems":2,"uniqueItems":true}""", "[1,2]", "[1,1.0]")]
    [InlineData("""{"prefixItems":[{"type":"string"}],"items":{"type":"number"}}""", "[\"a\",1,2]", "[\"a\",\"b\"]")]
    [InlineData("""{"required":["a"]}""", """{"a":null}""", "{}")]
    [InlineData("""{"properties":{"a":{"type":"string"}},"additionalProperties":false}""", "{}", """{"b":1}""")]
    [InlineData("""{"additionalProperties":{"type":"number"}}""", """{"b":1}""", """{"b":"1"}""")]
    [InlineData("""{"minProperties":1,"maxProperties":1}""", """{"a":1}""", "{}")]
    [InlineData("""{"allOf":[{"minimum":1},{"maximum":2}]}""", "2", "3")]
    [InlineData("""{"anyOf":[{"type":"string"},{"minimum":5}]}""", "\"x\"", "4")]
    [InlineData("""{"oneOf":[{"multipleOf":2},{"multipleOf":3}]}""", "4", "6")]
    [InlineData("""{"not":{"type":"string"}}""", "1", "\"x\"")]
    [InlineData("""{"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":{"next":{"$ref":"#/$defs/n"}},"required":["v"]}}}""", """{"v":1,"next":{"v":2}}""", """{"v":1,"next":{}}""")]
    [InlineData("""{"properties":{"a~b/c":{"$ref":"#/properties/d"},"d":{"type":"null"}},"title":"t","format":"date"}""", """{"a~b/c":null}""", """{"a~b/c":1}""")]
    [InlineData("true", "[]", null)]
    [InlineData("false", null, "[]")]
    public void A_document_is_valid_or_not(string schema, string? valid, string? invalid)
    {
        var metric = new JsonSchema(schema);
        Assert.True(valid is null || metric.IsValid(JsonDocument.Parse(valid).RootElement));
        Assert.True(invalid is null || !metric.IsValid(JsonDocument.Parse(invalid).RootElement));
    }

    [Theory]
    [InlineData("{", "#")]
    [InlineData("3", "#")]
    [InlineData("""{"type":"date"}""", "#/type")]
    [InlineData("""{"properties":{"a":{"minium":1}}}""", "#/properties/a/minium")]
    [InlineData("""{"items":[{"type":"string"}]}""", "#/items")]
    [InlineData("""{"$defs":{"x":{"allOf":[]}}}""", "#/$defs/x/allOf")]
    [InlineData("""{"$ref":"https://example.org/s"}""", "https://example.org/s")]
    [InlineData("""{"$ref":"#/$defs/none"}""", "#/$defs/none")]
    [InlineData("""{"pattern":"(?=x)"}""", "#/pattern")]
    [InlineData("""{"multipleOf":0}""", "#/multipleOf")]
    [InlineData("""{"required":"a"}""", "#/required")]
    public void What_is_not_understood_is_refused_by_place(string schema, string pointer)
        => Assert.Equal(pointer, Assert.Throws<InvalidSchemaException>(() => new JsonSchema(schema)).Pointer);

    [Fact]
    public void References_in_a_circle_end_and_hold_nothing()
        => Assert.False(new JsonSchema("""{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/a"}}}""").IsValid(JsonDocument.Parse("1").RootElement));

    [Fact]
    public void The_metric_counts_valid_answers()
        => Assert.Equal([1, 0, 0], new JsonSchema("""{"type":"object","required":["q"]}""").Score(Items("x", "x", "x"), Candidate("""{"q":1}""", "{}", "{\"q\":1} and more")).RowScores);
}
