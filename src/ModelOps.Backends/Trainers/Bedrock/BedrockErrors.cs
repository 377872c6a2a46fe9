using ModelOps.Core.Diagnostics;

namespace ModelOps.Backends.Trainers.Bedrock;

/// <summary>What can go wrong with Bedrock alone: MOPS3150 to MOPS3159.</summary>
public static class BedrockErrors
{
    public static DiagnosticException NoBucket(string variable, string value) => Error("MOPS3150",
        $"Bedrock reads the training rows from S3, and the environment variable '{variable}' {(value.Length == 0 ? "is not set" : $"is '{Clean(value)}'")}. Set it to a place that is yours and in the same region, as in s3://bucket/prefix.");

    public static DiagnosticException NoRole(string variable) => Error("MOPS3151",
        $"Bedrock reads and writes S3 under a role of your account, and the environment variable '{variable}' does not have the role's ARN. Set it, as in arn:aws:iam::123456789012:role/ModelOps.");

    public static DiagnosticException NotTold(string endpoint, string setting, string takes) => Error("MOPS3152",
        $"'{Clean(endpoint)}' cannot be asked with {setting}: Bedrock's Converse takes {takes}. No verdict is given. Change the decoding of the evaluation; both sides are asked alike.");

    private static string Clean(string text) => ForeignText.Clean(text, 300);

    private static DiagnosticException Error(string code, string message) => new(Diagnostic.Error(code, message));
}
