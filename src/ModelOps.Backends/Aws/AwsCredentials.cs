using ModelOps.Backends.Trainers;

namespace ModelOps.Backends.Aws;

/// <summary>Who signs requests, from the environment variables that AWS's own tools read.</summary>
/// <param name="Token">Of temporary credentials; null for those of a user.</param>
internal sealed record AwsCredentials(string KeyId, string Secret, string? Token)
{
    public const string KeyIdVariable = "AWS_ACCESS_KEY_ID", SecretVariable = "AWS_SECRET_ACCESS_KEY", TokenVariable = "AWS_SESSION_TOKEN";

    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS3103</c>: a variable is not set.</exception>
    public static AwsCredentials Of(string trainer, string secretVariable, Func<string, string?> environment)
    {
        return new AwsCredentials(Required(KeyIdVariable), Required(secretVariable), Value(TokenVariable));

        string Required(string variable) => Value(variable) ?? throw TrainerErrors.NoKey(trainer, variable);

        string? Value(string variable) => environment(variable)?.Trim() is { Length: > 0 } value ? value : null;
    }

    /// <summary>Services repeat much of a request that they refuse, the token of temporary credentials among it.</summary>
    public string Hide(string text) => Without(Without(Without(text, Secret), Token), KeyId);

    // Records print their members.
    public override string ToString() => nameof(AwsCredentials);

    private static string Without(string text, string? secret) => secret is { Length: > 3 } ? text.Replace(secret, "***", StringComparison.Ordinal) : text;
}
