using System.Text.Json;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Protocol;
using ModelOps.Serve;

// ModelOps.Serve REQUEST: the server of 'dotnet modelops serve'. Ends with 0 once it was asked to stop, 1 where a package cannot be served, 2 for a bad request.
if (args is not [var file])
{
    Console.Error.WriteLine("usage: ModelOps.Serve request.json (docs/serve.md)");
    return 2;
}

try
{
    await using ModelServer server = ModelServer.Open(ServeRequest.Read(file), Console.Error.WriteLine);
    return await server.RunAsync(Console.OpenStandardInput(), Console.Out).ConfigureAwait(false);
}
catch (DiagnosticException failure)
{
    Console.Error.WriteLine(failure.Diagnostic);
    return 1;
}
catch (Exception failure) when (failure is JsonException or FileNotFoundException)
{
    Console.Error.WriteLine($"{file}: {ForeignText.Clean(failure.Message)}");
    return 2;
}
