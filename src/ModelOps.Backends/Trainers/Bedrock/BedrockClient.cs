using ModelOps.Backends.Aws;
using ModelOps.Backends.Credentials;

namespace ModelOps.Backends.Trainers.Bedrock;

/// <summary>Signed requests to Bedrock's control plane and to S3, over one set of connections.</summary>
internal sealed class BedrockClient : IDisposable
{
    private readonly HttpMessageHandler? _own;

    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS3103</c>: credentials are missing.</exception>
    public BedrockClient(TrainerConnection connection)
    {
        AwsCredentials who = AwsCredentials.Of(BedrockDescription.Name, connection.KeyVariable, connection.Environment);
        Places = AwsPlaces.Of(connection.Url, connection.Environment);
        HttpMessageHandler network = connection.Handler ?? (_own = new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) });
        Control = Signed("bedrock");
        Storage = Signed("s3");

        ProviderClient Signed(string service) => new(
            BedrockDescription.Name, connection with { Handler = new AwsHandler(who, new AwsScope(Places.Region, service), connection.Clock, network) }, new KeyCredential(connection.Key(BedrockDescription.Name), null));
    }

    public AwsPlaces Places { get; }

    public ProviderClient Control { get; }

    public ProviderClient Storage { get; }

    public void Dispose()
    {
        Control.Dispose();
        Storage.Dispose();
        _own?.Dispose();
    }
}
