namespace ModelOps.Engine.Safetensors;

/// <summary>Element types of the format that have a whole number of bytes.</summary>
public enum SafetensorsType
{
    Bool,
    U8,
    I8,
    F8E5M2,
    F8E4M3,
    I16,
    U16,
    F16,
    BF16,
    I32,
    U32,
    F32,
    F64,
    I64,
    U64,
}

/// <summary>The spelling and the size of each <see cref="SafetensorsType"/>.</summary>
public static class SafetensorsTypes
{
    private static readonly (string Name, int Size)[] s_types =
    [
        ("BOOL", 1), ("U8", 1), ("I8", 1), ("F8_E5M2", 1), ("F8_E4M3", 1), ("I16", 2), ("U16", 2), ("F16", 2), ("BF16", 2),
        ("I32", 4), ("U32", 4), ("F32", 4), ("F64", 8), ("I64", 8), ("U64", 8),
    ];

    /// <summary>The name in a file's header, such as <c>BF16</c>.</summary>
    public static string HeaderName(this SafetensorsType type) => s_types[(int)type].Name;

    /// <summary>Bytes of one element.</summary>
    public static int ElementSize(this SafetensorsType type) => s_types[(int)type].Size;

    internal static bool TryParse(string? name, out SafetensorsType type)
    {
        int index = Array.FindIndex(s_types, t => t.Name == name);
        type = (SafetensorsType)Math.Max(index, 0);
        return index >= 0;
    }
}
