namespace ModelOps.Backends.Endpoints;

/// <summary>In which header a key travels.</summary>
public static class KeyHeaders
{
    public static (string Name, string Value) Bearer(string key) => ("Authorization", $"Bearer {key}");

    /// <summary>Azure takes a resource's key in a header of its own, and a token of Entra (a JSON Web Token: three parts, the first a JSON object) as anybody does.</summary>
    public static (string Name, string Value) Azure(string key)
        => key.StartsWith("eyJ", StringComparison.Ordinal) && key.Split('.').Length == 3 ? Bearer(key) : ("api-key", key);
}
