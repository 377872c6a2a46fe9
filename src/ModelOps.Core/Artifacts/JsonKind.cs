namespace ModelOps.Core.Artifacts;

/// <summary>What a JSON value is.</summary>
public enum JsonKind : byte
{
    Null,
    False,
    True,
    Number,
    String,
    Object,
    Array,
}
