namespace ModelOps.Engine.Generation.Constraints;

/// <summary>A JSON Schema that answers cannot be constrained to.</summary>
/// <param name="keyword">The keyword at fault; empty where it is the schema as a whole.</param>
/// <param name="pointer">Where it stands: a JSON pointer as a URI fragment, such as <c>#/properties/age/minimum</c>.</param>
public sealed class JsonSchemaException(string keyword, string pointer, string reason) : Exception($"{pointer}: {reason}")
{
    public string Keyword { get; } = keyword;

    public string Pointer { get; } = pointer;

    public string Reason { get; } = reason;
}
