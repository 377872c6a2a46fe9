namespace ModelOps.Pipeline;

/// <summary>How keys are shown to people: the first 12 digits.</summary>
public static class ShortKey
{
    public static string Of(string key)
    {
        int start = key.IndexOf(':') + 1;
        return key.Length > start + 12 ? key.Substring(start, 12) : key[start..];
    }
}
